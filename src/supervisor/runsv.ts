/** The program runsv: one service in a process of its own. */
import { Children } from './children.ts';
import { monotonicClock } from './native/clock.ts';
import { calledAs, inheritance } from './native/inherit.ts';
import { setOpenFilesLimit } from './native/limits.ts';
import { writeAll } from './native/output.ts';
import { openLogPipe } from './native/pipe.ts';
import { ignoreSignal, signalsOfMask } from './native/signals.ts';
import { setTitle } from './native/title.ts';
import { sendSignal } from './native/wait.ts';
import { readWallClock } from './native/wallclock.ts';
import { Service } from './service.ts';
import { Refusal } from './service-host.ts';

const SIGPIPE = 13;
const SIGTERM = 15;
const SIGCHLD = 17;
/** runsv handles these itself, so its children have them at their default whatever it was given. */
const OWN_SIGNALS = (1n << BigInt(SIGTERM - 1)) | (1n << BigInt(SIGCHLD - 1));

function die(message: string): never {
  writeAll(2, `${message}\n`);
  process.exit(111);
}

/** @param args the command line after the program's name, one character a byte */
export function runsv(args: readonly string[]): void {
  const inherited = inheritance();
  const [name] = args;
  if (name === undefined || args.length > 1) {
    writeAll(2, `usage: ${calledAs('runsv')} dir\n\n`);
    process.exit(1);
  }
  const keepIgnored = inherited.ignored & ~OWN_SIGNALS;
  for (const signal of signalsOfMask(keepIgnored)) if (signal !== SIGPIPE) ignoreSignal(signal);
  setOpenFilesLimit(inherited.openFiles);
  const path = Buffer.from(name, 'latin1');
  setTitle('runsv', ['runsv', name]);

  const children = new Children();
  try {
    const service = new Service(name, path, {
      common: {
        environment: inherited.environment,
        keepIgnored,
        descriptors: inherited.descriptors,
        openFiles: inherited.openFiles,
      },
      blocked: inherited.blocked,
      session: false,
      wallClock: readWallClock,
      monotonicClock,
      say: (text) => writeAll(2, text),
      onEnd: (pid, ended) => children.onEnd(pid, ended),
      signal: sendSignal,
      openLogPipe,
    });
    process.chdir(service.base);
    // Signals alone do not keep Node alive, and while a control program runs there is nothing else to wait for.
    setInterval(() => {}, 2 ** 30);
    process.on('SIGTERM', () => service.term());
    service.begin(
      () => process.exit(0),
      (refusal) => die(refusal.message),
    );
  } catch (error) {
    if (error instanceof Refusal) die(error.message);
    throw error;
  }
}
