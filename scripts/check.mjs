// `npm run check`: types, lint, code that nothing uses, and the tests of the house rules (which module may import which).
import { ensureBuild, ensurePackages, run } from './ensure.mjs';

ensurePackages();
ensureBuild();
run('node_modules/.bin/tsc', ['-p', '.']);
run('node_modules/.bin/biome', ['check', '.']);
run('node_modules/.bin/knip', []);
run('node_modules/.bin/vitest', ['run', 'test/house']);
