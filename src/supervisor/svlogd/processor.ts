/** Processors as children of the classic svlogd. */
import { errorName } from '../core/messages.ts';
import { inheritance } from '../native/inherit.ts';
import { ignoreSignal, signalsOfMask } from '../native/signals.ts';
import { type Common, spawnChild } from '../native/spawn.ts';
import { reapOne } from '../native/wait.ts';
import type { LoggerPorts, ProcessorJob } from './ports.ts';

const SIGHUP = 1;
const SIGALRM = 14;
const SIGTERM = 15;
const SIGCHLD = 17;

const bit = (signal: number) => 1n << BigInt(signal - 1);
/** svlogd catches these, so in a processor they are at their default. */
const CAUGHT = bit(SIGHUP) | bit(SIGALRM) | bit(SIGTERM) | bit(SIGCHLD);

/** The mask of blocked signals of a processor: what svlogd was given, and CHLD, which C leaves blocked there. */
export function processorMask(inherited: bigint): bigint {
  return (inherited & ~CAUGHT) | bit(SIGCHLD);
}

/**
 * Starts `sh -c COMMAND` in the log directory with the old log on 0, the new one on 1, the old state on 4 and the
 * new state on 5; `stderr` on 2. Returns its pid; throws with `code`.
 */
export function spawnProcessor(common: Common, blocked: bigint, job: ProcessorJob, stderr: number): number {
  const child = spawnChild(common, {
    file: '/bin/sh',
    argv: ['sh', '-c', job.command],
    subdirectory: job.directory,
    stdin: job.input,
    stdout: job.output,
    stderr,
    others: [
      [job.state, 4],
      [job.newState, 5],
    ],
    blocked: processorMask(blocked),
  });
  if ('errno' in child) throw Object.assign(new Error(), { code: errorName(child.errno) ?? '' });
  return child.pid;
}

/** For a process whose only children are processors. `onSignal` is called for each SIGCHLD. */
export function createProcessorStarter(onSignal: () => void): LoggerPorts['startProcessor'] {
  const { blocked, ignored, openFiles, environment, descriptors } = inheritance();
  const keepIgnored = ignored & ~CAUGHT;
  const common: Common = { environment, descriptors, openFiles, keepIgnored };
  const running = new Map<number, (success: boolean) => void>();
  const reap = () => {
    onSignal();
    for (let child = reapOne(); child !== undefined; child = reapOne()) {
      const ended = running.get(child.pid);
      running.delete(child.pid);
      ended?.(child.waitStatus === 0);
    }
  };
  let isListening = false;
  return (job, started, ended) => {
    if (!isListening) {
      isListening = true;
      process.on('SIGCHLD', reap);
      for (const signal of signalsOfMask(keepIgnored)) ignoreSignal(signal);
    }
    running.set(spawnProcessor(common, blocked, job, 2), ended);
    started();
  };
}
