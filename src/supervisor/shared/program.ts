/** `runsvdir --shared` as a program. */

import { fatalMessage } from '../core/messages.ts';
import type { RunsvdirOptions } from '../core/scan.ts';
import { exitNow } from '../native/exit.ts';
import { inheritance } from '../native/inherit.ts';
import { openFilesLimit, setOpenFilesLimit } from '../native/limits.ts';
import { offer } from '../native/offer.ts';
import { writeAll } from '../native/output.ts';
import { prepare } from '../runsvdir.ts';
import { bytes } from '../service-listing.ts';
import { describeHolder, lockDirectory } from './directory-lock.ts';
import { SharedSupervisor } from './supervisor.ts';

/** Larger than any hard limit that will be met: the limit is then the hard one. */
const NO_LIMIT = 2n ** 63n;

export function runShared(options: RunsvdirOptions, workerFile: string): void {
  inheritance();
  const holder = lockDirectory(bytes(options.directory));
  if (holder !== undefined) {
    const what = `directory is supervised by another runsvdir (${describeHolder(holder)})`;
    writeAll(2, `${fatalMessage(`runsvdir ${options.directory}`, what)}\n`);
    process.exit(111);
  }
  setOpenFilesLimit(NO_LIMIT);
  const descriptors = openFilesLimit();
  let supervisor: SharedSupervisor | undefined;
  const ground = prepare(options, () => supervisor?.drainLog(), offer);
  supervisor = new SharedSupervisor(ground, {
    workerFile,
    descriptors: descriptors > 2n ** 31n ? 2 ** 31 : Number(descriptors),
    exit: exitNow,
  });
  supervisor.start();
}
