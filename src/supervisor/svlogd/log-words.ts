/**
 * What svlogd says of a log directory, and its way with troubles: it says `pausing`, waits for three seconds, and tries
 * again. Where C sleeps these generators yield what they wait for, so that the same code serves one process alone and
 * a thousand loggers in one thread.
 */
import { errorCode, errorText } from '../core/messages.ts';
import type { LoggerPorts, Wait } from './ports.ts';

/** After a trouble svlogd waits so long before it tries again. */
const PAUSE: Wait = { kind: 'pause', milliseconds: 3000 };

export type Waiting<Result = void> = Generator<Wait, Result, void>;

export class LogWords {
  /** The directory, as given on the command line: a byte string. */
  readonly name: string;
  readonly #ports: Pick<LoggerPorts, 'stderr'>;
  readonly #verbose: boolean;

  constructor(name: string, ports: Pick<LoggerPorts, 'stderr'>, verbose: boolean) {
    this.name = name;
    this.#ports = ports;
    this.#verbose = verbose;
  }

  /** A warning in words of its own: without the directory's name at its end. */
  plainWarning(text: string): void {
    this.#ports.stderr(`svlogd: warning: ${text}\n`);
  }

  warn(text: string, error?: unknown): void {
    const reason = error === undefined ? '' : `: ${errorText(errorCode(error))}`;
    this.plainWarning(`${text}: ${this.name}${reason}`);
  }

  fatal(text: string): void {
    this.#ports.stderr(`svlogd: fatal: ${text}\n`);
  }

  /** Said only with -v. */
  info(text: string): void {
    if (this.#verbose) this.#ports.stderr(`svlogd: info: ${text}\n`);
  }

  *pause(text: string, error: unknown): Waiting {
    this.#ports.stderr(`svlogd: pausing: ${text}: ${this.name}: ${errorText(errorCode(error))}\n`);
    yield PAUSE;
  }

  /** Does something until it succeeds, with a pause after each failure. */
  *insist<Result>(text: string, act: () => Result): Waiting<Result> {
    for (;;) {
      try {
        return act();
      } catch (error) {
        yield* this.pause(text, error);
      }
    }
  }
}
