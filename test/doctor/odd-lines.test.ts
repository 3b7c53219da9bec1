/** Run scripts that say something else than was meant, each in a service of its own on one running tree. */
import { oddScripts } from './fixtures/odd-scripts.ts';
import { oddTests } from './fixtures/odd-tree.ts';

oddTests('a run script that says what nobody meant, on C runit', oddScripts, { services: { downed: {} } });
