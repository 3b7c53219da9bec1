import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { links } from './fixtures/links.ts';
import { ENGINES, matrix } from './fixtures/matrix.ts';

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('doctor about links', () => {
  matrix(ENGINES, links);
});
