/** The world as src/plan wants it: the files, the time, and the journal in this user's state folder. */
import { join } from 'node:path';
import { stateFolder } from '../layout/layout.ts';
import type { PlanWorld } from '../plan/journal.ts';
import { filesForChanges } from '../system/node/files.ts';
import type { Context } from './context.ts';

export function planWorld(context: Context): PlanWorld {
  return {
    files: filesForChanges(context.files),
    now: () => context.clock.now(),
    journal: join(stateFolder(context.places), 'journal'),
  };
}
