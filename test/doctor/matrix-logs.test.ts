import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { logs } from './fixtures/logs.ts';
import { ENGINES, matrix } from './fixtures/matrix.ts';
import { states } from './fixtures/states.ts';

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('doctor about logs and states', () => {
  matrix(ENGINES, [...logs, ...states]);
});
