/**
 * sv: reads and writes the FIFOs and files of `supervise/` and says what it saw.
 *
 * It lives for milliseconds, so it loads nothing but node:fs; what runs ./check is handed in and loaded when a service
 * has one. All texts are strings with one character a byte ("latin1"), so that names come out as they went in.
 * The working directory is never changed: where C goes into the service directory, paths are put together here.
 */
import { closeSync, constants, openSync, readSync, statSync, writeSync } from 'node:fs';
import { optionProblemLine, parseOptions, scanUnsignedLong } from './core/getopt.ts';
import { errorCode, errorText } from './core/messages.ts';
import {
  formatStatusLine,
  isWantedAlready,
  judge,
  parseVerb,
  readSvStatus,
  SV_STATUS_BYTES,
  type SvStatus,
  type SvVerb,
  taiSeconds,
} from './core/sv-command.ts';

/** Where services are looked for without $SVDIR; Debian's. */
const DEFAULT_SERVICES = '/etc/service/';

/** The FIFO by which is seen whether a runsv is there. */
const OK = 'supervise/ok';

/** Seconds to wait for an effect without -w and $SVWAIT (sv(8)). */
const DEFAULT_WAIT = 7;

/** Milliseconds between two looks (sv.c). */
const LOOK_EVERY = 420;

/** What C's `sv -V` prints on Debian 12. */
const VERSION = '$Id: 900314260c6d52c986c5357673bea2f3bd3f4698 $\n';

/** How a run of ./check went: exit code 0, another one, or an error with the words for it. */
export type CheckResult =
  | { readonly passed: boolean }
  | { readonly failedTo: 'fork for' | 'run' | 'wait for child'; readonly error: string | number };

/** All in milliseconds. Durations are measured on the monotonic clock, where C trusts the wall clock. */
export interface SvClock {
  now(): number;
  monotonic(): number;
  sleep(milliseconds: number): void;
}

export interface SvCall {
  /** The name sv was called by, without folders. Any other than `sv` is an init script's. */
  readonly name: string;
  readonly args: readonly string[];
  /** $SVDIR and $SVWAIT. */
  readonly services: string | undefined;
  readonly wait: string | undefined;
  /** Writes a text whole to stdout (1) or stderr (2) before it returns. */
  readonly write: (descriptor: 1 | 2, text: string) => void;
  readonly clock: SvClock;
  /** Runs ./check in a directory, with stdout closed, to its end. */
  readonly runCheck: (directory: string) => CheckResult;
}

/** Ends the run with an exit code from wherever it is found out. */
class Done {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

const ASCII = /^[\x01-\x7f]*$/;

/** For the 20 bytes of each status. */
const statusBytes = Buffer.alloc(SV_STATUS_BYTES);

/** Runs sv and gives its exit code. */
export function sv(call: SvCall): number {
  try {
    return new Sv(call).run();
  } catch (done) {
    if (done instanceof Done) return done.code;
    throw done;
  }
}

/** One service of the command line. */
interface Target {
  readonly name: string;
  /** It failed or is done: it is not looked at again. */
  finished: boolean;
}

class Sv {
  private readonly call: SvCall;
  private readonly lsb: boolean;
  /** Number of complaints so far: the exit code. */
  private complaints = 0;
  /** Standard output that is not written yet. */
  private pending = '';
  private waitSeconds: bigint = BigInt(DEFAULT_WAIT);
  private now: bigint;
  private readonly start: bigint;
  private verb!: SvVerb;
  /** A path for node:fs, to which a string is UTF-8: most paths are the same in both, and a string is faster. */
  private readonly pathOf: (text: string) => string | Buffer;

  constructor(call: SvCall) {
    this.call = call;
    this.lsb = call.name !== 'sv';
    const isAscii = ASCII.test(`${call.name}${call.services ?? ''}${call.args.join('')}`);
    this.pathOf = isAscii ? (text) => text : bytes;
    this.start = taiSeconds(this.call.clock.now());
    this.now = this.start;
  }

  run(): number {
    const { name, args } = this.call;
    if (this.call.wait !== undefined) this.waitSeconds = scanUnsignedLong(this.call.wait).value;
    const { options, rest } = parseOptions(args, 'w:vV');
    let verbose = false;
    for (const option of options) {
      if ('problem' in option) {
        this.call.write(2, optionProblemLine(name, option));
        this.usage();
      }
      if (option.letter === 'V') {
        this.call.write(2, VERSION);
        this.usage();
      }
      verbose = true;
      if (option.letter === 'w') this.waitSeconds = scanUnsignedLong(option.argument).value;
    }
    const [action, ...words] = rest;
    if (action === undefined) this.usage();
    const names = this.lsb ? [name] : words;
    if (names.length === 0) this.usage();

    const started = this.call.clock.monotonic();
    try {
      closeSync(openSync('.', constants.O_RDONLY | constants.O_NONBLOCK));
    } catch (error) {
      this.call.write(2, `fatal: unable to open current directory: ${errorText(errorCode(error))}\n`);
      return this.lsb ? 151 : 100;
    }

    const verb = parseVerb(action, this.lsb);
    if (verb === undefined) this.usage();
    this.verb = verb;

    const targets = names.map((target): Target => ({ name: target, finished: false }));
    for (const target of targets) {
      const relative = this.isRelative(target.name, true);
      if (verb.action === 'status') {
        const directory = this.directoryOf(target.name, relative);
        // Where this can be opened the directory can be entered.
        const ok = directory === '' ? '' : this.open(`${directory}${OK}`, constants.O_WRONLY);
        if (typeof ok === 'number') {
          this.status(target.name, directory, ok);
          continue;
        }
      }
      const directory = this.enter(target, relative);
      if (directory === undefined) continue;
      if (verb.action === 'status') this.status(target.name, directory);
      else if (verb.action === 'control' && !this.control(target.name, directory, verb.bytes)) {
        target.finished = true;
      }
    }
    if (verb.waits || (verbose && verb.action !== 'status')) this.waitForEffect(targets, started);
    return Math.min(this.complaints, 99);
  }

  private usage(): never {
    if (this.lsb) this.call.write(2, `usage: ${this.call.name} [-w sec] command\n\n`);
    else this.call.write(2, `usage: ${this.call.name} [-v] [-w sec] command service ...\n\n`);
    throw new Done(this.lsb ? 2 : 100);
  }

  /** Whether a name is a path from the working directory. C looks at the last character only the first time. */
  private isRelative(name: string, first: boolean): boolean {
    if (name.startsWith('/') || name.startsWith('.')) return true;
    return first && (name === '' || name.endsWith('/'));
  }

  /** The service directory with a slash at its end; empty when there can be none. */
  private directoryOf(name: string, relative: boolean): string {
    const services = this.call.services ?? DEFAULT_SERVICES;
    if (relative) return name === '' ? '' : `${name}/`;
    return services === '' ? '' : `${services}/${name}/`;
  }

  /** The service directory with a slash at its end; undefined (and the target finished) when it can't be entered. */
  private enter(target: Target, relative: boolean): string | undefined {
    const directory = this.directoryOf(target.name, relative);
    if (directory !== '') {
      // The dot asks for the right to enter, as going there would.
      const error = this.statError(`${directory}.`);
      if (error === undefined) return directory;
      this.complain('fail', target.name, 'unable to change to service directory', error);
    } else this.complain('fail', target.name, 'unable to change to service directory', 'ENOENT');
    target.finished = true;
    return undefined;
  }

  // ---- output ----

  private flush(): void {
    if (this.pending !== '') this.call.write(1, this.pending);
    this.pending = '';
  }

  /** `fail: NAME: WHAT: ERROR` at once on stdout; counts for the exit code. */
  private complain(kind: 'fail' | 'warning', label: string, what: string, error?: string): void {
    this.complaints += 1;
    this.pending += `${kind}: ${label}: ${what}${error === undefined ? '' : `: ${errorText(error)}`}\n`;
    this.flush();
  }

  /** No runsv is there: what `exit` wanted, and a failure for all others. */
  private noRunsv(label: string, letter: string): void {
    if (letter === 'x') {
      this.pending += `ok: ${label}: runsv not running\n`;
      this.flush();
    } else this.complain('fail', label, 'runsv not running');
  }

  private warnOnStderr(what: string, error: string | number): void {
    this.call.write(2, `warning: unable to ${what}: ${errorText(error)}\n`);
  }

  // ---- asking runsv ----

  /**
   * The status; `absent` when no runsv is there, `unknown` when it could not be asked. Complains in both cases.
   * `opened` is the descriptor of supervise/ok where it was opened already.
   */
  private ask(label: string, directory: string, opened?: number): SvStatus | 'absent' | 'unknown' {
    const ok = opened ?? this.open(`${directory}${OK}`, constants.O_WRONLY);
    if (typeof ok === 'string') {
      if (ok === 'ENXIO') {
        this.noRunsv(label, this.verb.bytes[0] as string);
        return 'absent';
      }
      this.complain('warning', label, 'unable to open supervise/ok', ok);
      return 'unknown';
    }
    closeSync(ok);
    const descriptor = this.open(`${directory}supervise/status`, constants.O_RDONLY);
    if (typeof descriptor === 'string') {
      this.complain('warning', label, 'unable to open supervise/status', descriptor);
      return 'unknown';
    }
    try {
      if (readSync(descriptor, statusBytes, 0, SV_STATUS_BYTES, null) === SV_STATUS_BYTES) {
        return readSvStatus(statusBytes);
      }
      this.complain('warning', label, 'unable to read supervise/status: bad format');
    } catch (error) {
      this.complain('warning', label, 'unable to read supervise/status', errorCode(error));
    } finally {
      closeSync(descriptor);
    }
    return 'unknown';
  }

  /**
   * Puts the status line into the output. False, with a warning on stderr in its place, when the file `down` cannot
   * be looked at. `service` names the service in that warning (also for its log).
   */
  private addStatus(status: SvStatus, label: string, service: string, directory: string): boolean {
    const error = this.statError(`${directory}down`);
    if (error !== undefined && error !== 'ENOENT') {
      this.warnOnStderr(`stat ${service}/down`, error);
      return false;
    }
    this.pending += formatStatusLine(status, label, error === 'ENOENT', this.now);
    return true;
  }

  // ---- verbs ----

  private status(name: string, directory: string, ok?: number): void {
    const main = this.ask(name, directory, ok);
    if (main === 'unknown' && this.lsb) throw new Done(4);
    if (main === 'absent' || main === 'unknown') return;
    /** As an init script: 0 running, 3 down, 4 not known; that of the log where there is one, as in C. */
    let lsbCode = 4;
    if (this.addStatus(main, name, name, directory)) lsbCode = main.pid !== 0 ? 0 : 3;
    const logOk = this.open(`${directory}log/${OK}`, constants.O_WRONLY);
    const logError = typeof logOk === 'number' ? undefined : this.statError(`${directory}log/.`);
    if (logError === 'ENOENT') this.pending += '\n';
    else {
      this.pending += '; ';
      if (logError !== undefined) {
        this.complain('warning', `${name}/log`, 'unable to change directory', logError);
      } else {
        const log = this.ask(
          `${name}/log`,
          `${directory}log/`,
          typeof logOk === 'number' ? logOk : undefined,
        );
        if (log !== 'absent') {
          // Where the log cannot be asked C prints the service's own status once more: kept, since scripts read it.
          const shown = log === 'unknown' ? main : log;
          lsbCode = 4;
          if (this.addStatus(shown, 'log', name, `${directory}log/`)) lsbCode = shown.pid !== 0 ? 0 : 3;
          this.pending += '\n';
        }
      }
    }
    this.flush();
    if (this.lsb) throw new Done(lsbCode);
  }

  /** Writes the bytes of a verb to runsv, unless that is wanted already. False when it could not be told. */
  private control(name: string, directory: string, letters: string): boolean {
    const status = this.ask(name, directory);
    if (status === 'absent' || status === 'unknown') return false;
    const first = letters[0] as string;
    if (isWantedAlready(first, status)) return true;
    const descriptor = this.open(`${directory}supervise/control`, constants.O_WRONLY);
    if (typeof descriptor === 'string') {
      if (descriptor === 'ENXIO') this.noRunsv(name, first);
      else this.complain('warning', name, 'unable to open supervise/control', descriptor);
      return false;
    }
    try {
      writeSync(descriptor, bytes(letters));
      return true;
    } catch (error) {
      this.complain('warning', name, 'unable to write to supervise/control', errorCode(error));
      return false;
    } finally {
      closeSync(descriptor);
    }
  }

  /** Looks at every service that is not finished until all are, or the time is over. */
  private waitForEffect(targets: readonly Target[], started: number): void {
    let elapsed = 0;
    for (;;) {
      let done = true;
      for (const target of targets) {
        if (target.finished) continue;
        const directory = this.enter(target, this.isRelative(target.name, false));
        if (directory === undefined) continue;
        if (this.isFinished(target.name, directory)) target.finished = true;
        else done = false;
        if (!target.finished && elapsed > Number(this.waitSeconds)) {
          this.giveUp(target.name, directory);
          target.finished = true;
        }
      }
      // A service that timed out right now still costs one more pause, as in C.
      if (done) return;
      this.call.clock.sleep(LOOK_EVERY);
      this.now = taiSeconds(this.call.clock.now());
      elapsed = (this.call.clock.monotonic() - started) / 1000;
    }
  }

  /** True when the verb took effect (and says so), or when it never will (and said why). */
  private isFinished(name: string, directory: string): boolean {
    const status = this.ask(name, directory);
    if (status === 'absent' || status === 'unknown') return true;
    for (const letter of this.verb.bytes) {
      const judgement = judge(letter, status, this.start);
      if (judgement === 'waiting') return false;
      if (judgement === 'if-check-passes' && !this.checkPasses(name, directory)) return false;
    }
    this.pending += 'ok: ';
    this.addStatus(status, name, name, directory);
    this.pending += '\n';
    this.flush();
    return true;
  }

  private giveUp(name: string, directory: string): void {
    this.pending += this.verb.kills ? 'kill: ' : 'timeout: ';
    const status = this.ask(name, directory);
    if (status !== 'absent' && status !== 'unknown') {
      this.addStatus(status, name, name, directory);
      this.complaints += 1;
    }
    this.pending += '\n';
    this.flush();
    if (this.verb.kills) this.control(name, directory, 'k');
  }

  /** Runs ./check if there is one; none passes, and so does one that cannot be executed. */
  private checkPasses(name: string, directory: string): boolean {
    const error = this.statError(`${directory}check`);
    if (error === 'ENOENT') return true;
    if (error !== undefined) {
      this.warnOnStderr(`stat ${name}/check`, error);
      return false;
    }
    const result = this.call.runCheck(directory);
    if ('passed' in result) return result.passed;
    this.warnOnStderr(`${result.failedTo} ${name}/check`, result.error);
    return result.failedTo === 'run';
  }

  // ---- the file system ----

  /** Opens without blocking: the descriptor, or the error's name. */
  private open(path: string, flags: number): number | string {
    try {
      return openSync(this.pathOf(path), flags | constants.O_NONBLOCK);
    } catch (error) {
      return errorCode(error);
    }
  }

  /** The error's name when a path cannot be looked at. */
  private statError(path: string): string | undefined {
    try {
      return statSync(this.pathOf(path), { throwIfNoEntry: false }) === undefined ? 'ENOENT' : undefined;
    } catch (error) {
      return errorCode(error);
    }
  }
}
