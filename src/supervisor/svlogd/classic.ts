/** svlogd as a program of its own: standard input, signals, one process. */
import { parseSvlogdOptions } from '../core/log-options.ts';
import { monotonicClock } from '../native/clock.ts';
import { untilReadable } from '../native/input.ts';
import { writeAll } from '../native/output.ts';
import { drainWakePipe, makeWakePipe, wakeThrough } from '../native/wake-pipe.ts';
import { readWallClock } from '../native/wallclock.ts';
import { sendDatagram } from './datagram.ts';
import { Logger } from './logger.ts';
import type { LoggerPorts, Wait } from './ports.ts';
import { createProcessorStarter } from './processor.ts';

/** Signals and ends of processors are taken at least so often, in milliseconds, while input is there. */
const TURN_EVERY = 2;

/** Runs svlogd with its arguments (byte strings, without the program's name); resolves to the exit code. */
export async function runSvlogd(args: readonly string[], calledAs: string): Promise<number> {
  const options = parseSvlogdOptions(args, calledAs);
  if ('usage' in options) {
    writeAll(2, options.usage);
    return 111;
  }
  // C has CHLD blocked but while it waits for input, so that is when it is told of, and once for several.
  let childSignal = false;
  let isWaiting = false;
  const tellOfChild = () => {
    if (childSignal && options.verbose) writeAll(2, 'svlogd: info: sigchild received.\n');
    childSignal = false;
  };
  const ports: LoggerPorts = {
    now: readWallClock,
    stderr: (text) => writeAll(2, text),
    startProcessor: createProcessorStarter(() => {
      childSignal = true;
      if (isWaiting) tellOfChild();
    }),
    sendDatagram,
  };
  const [wakeRead, wakeWrite] = makeWakePipe();
  const paths = options.directories.map((name) => Buffer.from(name, 'latin1'));
  const logger = new Logger({ options, paths, input: 0 }, ports);
  logger.wake = () => wakeThrough(wakeWrite);
  process.on('SIGTERM', () => logger.terminate());
  process.on('SIGALRM', () => logger.rotateAll());
  process.on('SIGHUP', () => logger.reopenAll());

  /** Whole turns of the event loop, so that signals and ends of processors get through. */
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const wait = async (what: Wait): Promise<void> => {
    switch (what.kind) {
      case 'turn':
        return turn();
      case 'pause':
        return new Promise((resolve) => setTimeout(resolve, what.milliseconds));
      case 'processor':
        await untilReadable([wakeRead], -1);
        return drainWakePipe(wakeRead);
      case 'input':
        isWaiting = true;
        tellOfChild();
        await turn();
        if (!logger.isAsked) {
          await untilReadable([0, wakeRead], Math.max(0, Math.ceil(what.until - Date.now())));
          drainWakePipe(wakeRead);
        }
        isWaiting = false;
        return;
    }
  };
  const life = logger.run();
  let lastTurn = monotonicClock();
  for (;;) {
    const step = life.next();
    if (step.done === true) return step.value;
    // Under full load a turn after each piece would cost more than the piece.
    if (step.value.kind === 'turn' && monotonicClock() - lastTurn < TURN_EVERY) continue;
    await wait(step.value);
    lastTurn = monotonicClock();
  }
}
