import { HomerunError } from '../../system/errors.ts';
import type { Context } from '../context.ts';

export async function bruteForce(_context: Context, _words: readonly string[]): Promise<number> {
  throw new HomerunError('unbuilt', 'doctor --brute-force is not built yet');
}
