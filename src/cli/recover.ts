/** Before a command that changes files: what an earlier one left half-made is taken back, and said. */
import { formatMoment } from '../everyday/stamps.ts';
import { recoverInterrupted } from '../plan/undo.ts';
import { errnoCode } from '../system/errors.ts';
import type { Context } from './context.ts';
import { planWorld } from './plan-world.ts';

export function recover(context: Context): void {
  let found: ReturnType<typeof recoverInterrupted>;
  try {
    found = recoverInterrupted(planWorld(context));
  } catch (error) {
    // What keeps it from reading the journal will keep the command itself from writing there, and is told then.
    if (errnoCode(error) === undefined) throw error;
    return;
  }
  for (const { entry, problem } of found) {
    context.err(
      problem === undefined
        ? `homerun: ${entry.title} (${formatMoment(entry.time)}) had been interrupted half-way: what it had done is taken back\n`
        : `homerun: ${entry.title} (${formatMoment(entry.time)}) had been interrupted half-way, and is not taken back: ${problem}\n`,
    );
  }
}
