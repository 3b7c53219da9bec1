import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { machine } from './fixtures/machine.ts';
import { ENGINES, matrix } from './fixtures/matrix.ts';
import { session } from './fixtures/session.ts';

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))(
  'doctor about sessions and the machine',
  () => {
    matrix(ENGINES, [...machine, ...session]);
  },
);
