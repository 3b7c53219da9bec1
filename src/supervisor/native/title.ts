/**
 * What `ps` shows of this process. Node's command line is longer than that of the C program whose name it bears, so
 * the arguments can be written over it as they are, each ended by a NUL, as if the program had been executed directly.
 */
import { openSync, writeFileSync, writeSync } from 'node:fs';
import { processFields } from './process-fields.ts';

/** The fields of /proc/PID/stat that tell where the arguments lie, counted from the one after the name. */
const ARGUMENTS_START = 48 - 3;
const ARGUMENTS_END = 49 - 3;

export interface Title {
  /** Shows other arguments. What is too long is cut. */
  show(args: readonly string[]): void;
}

/**
 * Shows `args` (argv[0] first; one character a byte) as the command line and `name` as the process's name.
 * Where the memory can't be written the title is set through Node.
 */
export function setTitle(name: string, args: readonly string[]): Title {
  const title = open();
  title.show(args);
  try {
    writeFileSync('/proc/self/comm', name);
  } catch {
    // Only the name that `ps -o comm` shows.
  }
  return title;
}

function open(): Title {
  try {
    const fields = processFields('self');
    const start = Number(fields[ARGUMENTS_START]);
    const length = Number(fields[ARGUMENTS_END]) - start;
    if (!(start > 0 && length > 1)) throw new Error('no arguments');
    const memory = openSync('/proc/self/mem', 'r+');
    const shown = Buffer.alloc(length);
    return {
      show(args) {
        shown.fill(0);
        shown.write(args.map((arg) => `${arg}\0`).join(''), 'latin1');
        shown[length - 1] = 0;
        writeSync(memory, shown, 0, length, start);
      },
    };
  } catch {
    return {
      show(args) {
        process.title = args.join(' ');
      },
    };
  }
}
