/** What a machine may ask about the files of its service directory. */
import { closeSync, constants, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import type { Facts } from './core/events.ts';
import { errorCode } from './core/messages.ts';

const { O_RDONLY, O_NONBLOCK } = constants;

/** @param base a path of the service directory, without a slash at its end */
export function readFacts(base: string, now: Pick<Facts, 'wall' | 'monotonic'>): Facts {
  return {
    ...now,
    finishOpens: () => {
      if (!existsSync(`${base}/finish`)) return false;
      try {
        closeSync(openSync(`${base}/finish`, O_RDONLY | O_NONBLOCK));
        return true;
      } catch {
        return false;
      }
    },
    controlProgram: (letter) => {
      try {
        const found = statSync(`${base}/control/${letter}`, { throwIfNoEntry: false });
        if (found === undefined) return 'absent';
        return (found.mode & 0o100) !== 0 ? 'runs' : 'plain';
      } catch (error) {
        return { error: errorCode(error) };
      }
    },
    backoff: (slot) => readSeconds(`${base}/${slot === 'main' ? '' : 'log/'}backoff`),
  };
}

/** A number of seconds from a file of one line; undefined when it holds none or can't be read. */
function readSeconds(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const fd = openSync(file, O_RDONLY | O_NONBLOCK);
    try {
      const match = /^\s*(\d{1,9}(?:\.\d+)?)\s*$/.exec(readFileSync(fd, 'latin1'));
      return match === null ? undefined : Number(match[1]);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
