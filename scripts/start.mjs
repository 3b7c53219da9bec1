// `npm start`: the whole way through on a fresh clone, in a temporary home folder.
import { ensureBuild, ensurePackages, run } from './ensure.mjs';

ensurePackages();
ensureBuild();
run('bin/homerun', ['demo', ...process.argv.slice(2)]);
