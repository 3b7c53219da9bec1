// Bundles the programs into dist/: the runit programs as small CommonJS files (they start fastest),
// homerun as ES modules with one chunk a command, so that `homerun status` does not load the wizard.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

/** Every file src/supervisor/programs/NAME.ts is a program (or a worker of one) of its own. */
const programsFolder = 'src/supervisor/programs';
const programs = existsSync(programsFolder)
  ? readdirSync(programsFolder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(programsFolder, name))
  : [];

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['koffi', 'terminal-kit'],
  legalComments: 'none',
  logLevel: 'warning',
  minifySyntax: true,
  minifyWhitespace: true,
  define: { HOMERUN_VERSION: JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).version) },
};

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist', { recursive: true });
if (programs.length > 0) {
  await build({
    ...common,
    entryPoints: programs,
    // Type-only imports of it are gone by then.
    alias: { koffi: './src/supervisor/native/koffi-binary.ts' },
    outdir: 'dist',
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
  });
}
await build({
  ...common,
  entryPoints: { homerun: 'src/cli/main.ts' },
  outdir: 'dist/homerun',
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
  },
});
writeFileSync('dist/built.json', `${JSON.stringify({ programs: programs.length })}\n`);
// The manual pages and completion scripts are made from the commands' records too.
await import('./man.mjs');
