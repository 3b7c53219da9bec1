// `npm test`: installs and builds what is missing, then runs the whole test suite. Arguments go to vitest.
import { ensureBuild, ensurePackages, run } from './ensure.mjs';

ensurePackages();
ensureBuild();
run('node_modules/.bin/vitest', ['run', ...process.argv.slice(2)]);
