// Bundles the programs into dist/: the runit programs, and homerun's entry with `homerun status` in it, as small
// CommonJS files (they start fastest), homerun's other commands as ES modules with one chunk a command.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
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

/** What the entry imports with import(): name of the file beside it → source. The other commands are behind these. */
const behind = {};
await build({
  ...common,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/homerun/homerun.cjs',
  format: 'cjs',
  define: { ...common.define, 'import.meta.url': 'entryUrl' },
  banner: { js: "const entryUrl = require('node:url').pathToFileURL(__filename).href;" },
  plugins: [
    {
      name: 'behind the entry',
      setup({ onResolve }) {
        onResolve({ filter: /./ }, ({ kind, path, resolveDir }) => {
          if (kind !== 'dynamic-import' || path.startsWith('node:') || common.external.includes(path)) return;
          const source = path.startsWith('.') ? relative(root, join(resolveDir, path)) : path;
          const name = source
            .replace(/^src\//, '')
            .replace(/\.ts$/, '')
            .replaceAll('/', '-');
          behind[name] = source;
          return { path: `./${name}.js`, external: true };
        });
      },
    },
  ],
});
await build({
  ...common,
  entryPoints: behind,
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
