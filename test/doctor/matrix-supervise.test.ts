import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { ENGINES, matrix } from './fixtures/matrix.ts';
import { supervise } from './fixtures/supervise.ts';

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('doctor about supervise', () => {
  matrix(ENGINES, supervise);
});
