import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { matrix } from './fixtures/matrix.ts';

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('doctor with C runit', () =>
  matrix('C runit'),
);
