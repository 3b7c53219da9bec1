import { describe } from 'vitest';
import { needs } from '../setup/needs.ts';
import { links } from './fixtures/links.ts';
import { matrix } from './fixtures/matrix.ts';

/** Not proved yet on a running tree: their fixtures are there, and wait to be run on a quiet machine. */
const WAITING = new Set([
  'symlink-dangling',
  'symlink-chain',
  'rescan-needed',
  'service-not-linked',
  'link-to-service-all',
  'service-name-odd',
  'service-gui-missing',
  'service-gui-empty',
  'service-gui-unreadable',
]);

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('doctor about links', () => {
  matrix(
    'C runit',
    links.filter((fixture) => !WAITING.has(fixture.check)),
  );
});
