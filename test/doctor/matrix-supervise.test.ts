import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { matrix } from './fixtures/matrix.ts';
import { supervise } from './fixtures/supervise.ts';

/** Not proved yet on a running tree: their fixtures are there, and wait to be run on a quiet machine. */
const WAITING = new Set([
  'supervise-not-owned',
  'service-dir-unwritable',
  'service-dir-unsearchable',
  'supervise-unwritable',
  'lock-held-by-other-runsv',
  'supervise-removed-live',
  'supervise-stale',
  'copied-supervise',
]);

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('doctor about supervise', () => {
  matrix(
    'C runit',
    supervise.filter((fixture) => !WAITING.has(fixture.check)),
  );
});
