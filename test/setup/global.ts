/** Refuses to test a build that is older than the sources: the programs that the tests start are in dist/. */
import { existsSync } from 'node:fs';

export default function setup(): void {
  if (!existsSync('dist/built.json')) throw new Error('dist/ is missing: run `npm run build` first');
}
