import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { ENGINES, matrix } from './fixtures/matrix.ts';
import { supervisors } from './fixtures/supervisor.ts';

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('doctor about supervisors', () => {
  matrix(ENGINES, supervisors);
});
