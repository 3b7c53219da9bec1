import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { runScript } from './fixtures/run-script.ts';
import { matrix } from './fixtures/matrix.ts';

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('doctor about run scripts', () => {
  matrix('C runit', runScript);
});
