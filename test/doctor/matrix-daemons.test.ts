import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { daemon } from './fixtures/daemon.ts';
import { ENGINES, matrix } from './fixtures/matrix.ts';

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'chpst', 'setpriv'))('doctor about daemons', () => {
  matrix(ENGINES, daemon);
});
