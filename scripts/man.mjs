// Writes the manual pages that are made from the commands' records into man/, and the completion scripts into
// completions/. A test compares them, so run this after a record was changed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
const folder = mkdtempSync(join(root, 'node_modules/.man-'));
try {
  const outfile = join(folder, 'records.mjs');
  await build({
    stdin: {
      contents: `
        export { commands } from './src/cli/registry.ts';
        export { manualPages } from './src/cli/manual.ts';
        export { completionScript } from './src/cli/completion-scripts.ts';`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
    logLevel: 'warning',
  });
  const { commands, manualPages, completionScript } = await import(pathToFileURL(outfile).href);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  mkdirSync('man', { recursive: true });
  for (const [name, text] of manualPages(commands, version)) writeFileSync(join('man', name), text);
  mkdirSync('completions', { recursive: true });
  for (const [shell, name] of [
    ['bash', 'homerun.bash'],
    ['zsh', '_homerun'],
    ['fish', 'homerun.fish'],
  ]) {
    writeFileSync(join('completions', name), completionScript(shell, commands, 'svl'));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
