import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { ENGINES, matrix } from './fixtures/matrix.ts';
import { runScript } from './fixtures/run-script.ts';

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('doctor about run scripts', () => {
  matrix(ENGINES, runScript);
});
