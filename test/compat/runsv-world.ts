/**
 * The same service under C's runsv and under ours. A script is a function of a `Case`; `compare` runs it once for
 * each side, in folders of their own, and compares what it returns whole.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'vitest';
import { type DecodedStatus, decodeStatus } from '../../src/supervisor/core/status.ts';
import { published } from '../setup/published.ts';
import { removeFolder } from '../setup/remove-folder.ts';
import { until, untilSame } from '../setup/until.ts';

export const PROGRAMS = { c: '/usr/bin/runsv', ours: resolve('runit/runsv') } as const;
export type Side = keyof typeof PROGRAMS;

export interface StartOptions {
  /** Words before the program, as `env`, `setpriv`. */
  readonly before?: readonly string[];
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A running runsv. */
export class Runsv {
  readonly directory: string;
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  /** Exit code or signal. */
  ended: number | string | undefined;

  constructor(directory: string, child: ChildProcess) {
    this.directory = directory;
    this.child = child;
    child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      this.stderr += text;
    });
    child.on('close', (code, signal) => {
      this.ended = code ?? signal ?? 'unknown';
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Writes control bytes for a slot's folder ("" or "log"). */
  send(bytes: string, slot = ''): void {
    writeFileSync(join(this.directory, slot, 'supervise/control'), bytes);
  }

  stat(slot = ''): string {
    try {
      return readFileSync(join(this.directory, slot, 'supervise/stat'), 'utf8');
    } catch {
      return '';
    }
  }

  status(slot = ''): DecodedStatus | undefined {
    try {
      return decodeStatus(readFileSync(join(this.directory, slot, 'supervise/status')));
    } catch {
      return undefined;
    }
  }

  /**
   * Lines that the programs of the service have written into the file `events`. Whether a shell that is about to end
   * on TERM still notes the CONT that comes right behind it, and which of the two it notes first, is chance.
   */
  events(): string[] {
    try {
      const lines = readFileSync(join(this.directory, 'events'), 'latin1').split('\n').slice(0, -1);
      return lines.filter(
        (line, index) => line !== 'CONT' || (lines[index - 1] !== 'TERM' && lines[index + 1] !== 'TERM'),
      );
    } catch {
      return [];
    }
  }

  /** The pid that is published for what runs: never 0, which kill(2) would take for the test's own process group. */
  pidOf(slot = ''): Promise<number> {
    return until(
      () => `a pid of ${slot === '' ? 'the service' : slot} (${this.stderr})`,
      () => this.status(slot)?.pid,
    );
  }

  /** Waits for a line in `stat`, and for what is published beside it. */
  untilStat(text: string, slot = ''): Promise<string> {
    return until(
      () => `stat ${text} (is ${this.stat(slot)}; ${JSON.stringify(this.status(slot))}; ${this.stderr})`,
      () => published(join(this.directory, slot, 'supervise'))?.stat === text && `${text}\n`,
    );
  }

  untilEvents(count: number): Promise<string[]> {
    return until(
      () => `${count} events (are ${this.events().join(' ')}; ${this.stderr})`,
      () => this.events().length >= count && this.events(),
    );
  }

  untilEvent(event: string, times = 1): Promise<string[]> {
    return until(
      () => `event ${event} (are ${this.events().join(' ')}; ${this.stderr})`,
      () => this.events().filter((line) => line === event).length >= times && this.events(),
    );
  }

  untilStderr(text: string): Promise<string> {
    return until(
      () => `${text} on stderr (is ${this.stderr})`,
      () => this.stderr.includes(text) && this.stderr,
    );
  }

  async untilEnded(): Promise<number | string> {
    const { how } = await until(
      () => `runsv to end (${this.stderr})`,
      () => this.ended !== undefined && { how: this.ended },
    );
    return how;
  }

  /** `x`, and the exit code of runsv. */
  exit(): Promise<number | string> {
    this.send('x');
    return this.untilEnded();
  }
}

/** One script for one side: a folder and the processes in it. */
export class Case {
  readonly side: Side;
  readonly root: string;
  readonly #started: Runsv[] = [];

  constructor(side: Side) {
    this.side = side;
    this.root = mkdtempSync(join(tmpdir(), 'homerun-runsv-'));
    chmodSync(this.root, 0o755);
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** Writes a file below the case's folder; executable if it starts with `#!`. */
  file(path: string, text: string, mode = text.startsWith('#!') ? 0o755 : 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
    chmodSync(this.path(path), mode);
  }

  start(name = 's', options: StartOptions = {}): Runsv {
    const words = [...(options.before ?? []), PROGRAMS[this.side], ...(options.args ?? [name])];
    const child = spawn(words[0] as string, words.slice(1), {
      cwd: options.cwd ?? this.root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: options.env ?? process.env,
    });
    const runsv = new Runsv(this.path(name), child);
    this.#started.push(runsv);
    return runsv;
  }

  cleanUp(): void {
    for (const { pid } of this.#started) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // all of them have ended
      }
    }
    removeFolder(this.root);
  }
}

async function runCase<T>(side: Side, script: (world: Case) => Promise<T>): Promise<T> {
  const world = new Case(side);
  try {
    return await script(world);
  } catch (error) {
    if (error instanceof Error) error.message = `${side}: ${error.message}`;
    throw error;
  } finally {
    world.cleanUp();
  }
}

/** Runs a script on both sides and expects the same of both. Returns what C's gave. */
export async function compare<T>(script: (world: Case) => Promise<T>): Promise<T> {
  const [c, ours] = await Promise.all([runCase('c', script), runCase('ours', script)]);
  expect(ours).toEqual(c);
  return c;
}

/** A `run` that notes its starts and its signals in `events`, and ends on TERM with exit code 0. */
export const NOTING_RUN = `#!/bin/sh
for signal in HUP INT QUIT ALRM USR1 USR2 CONT; do trap "echo $signal >>events" $signal; done
trap 'echo TERM >>events; kill $!; exit 0' TERM
sleep 1000 >/dev/null 2>&1 &
echo start >>events
while :; do wait $!; done
`;

/** Runs until a signal ends it. */
export const SLEEP = '#!/bin/sh\nexec sleep 1000\n';
/** A log service that keeps what it reads. */
export const CAT = '#!/bin/sh\nexec cat >>log-lines\n';
/** Words to run a program as an ordinary user. */
export const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

/** The files of a supervise folder: name → type and mode, and contents of `pid` and `stat` in form. */
export function listing(folder: string): Record<string, string> {
  const entries: Record<string, string> = {};
  if (!existsSync(folder)) return entries;
  for (const name of readdirSync(folder).sort()) {
    if (name.startsWith('history')) continue; // homerun's own, see COMPAT.md
    const found = lstatSync(join(folder, name));
    const type = found.isFIFO()
      ? 'fifo'
      : found.isSymbolicLink()
        ? 'link'
        : found.isDirectory()
          ? 'folder'
          : 'file';
    let text = `${type} ${(found.mode & 0o7777).toString(8)}`;
    if (type === 'link') text += ` ${readlinkSync(join(folder, name))}`;
    if (name === 'pid')
      text += ` ${JSON.stringify(readFileSync(join(folder, name), 'utf8').replace(/\d+/, 'N'))}`;
    if (name === 'stat') text += ` ${JSON.stringify(readFileSync(join(folder, name), 'utf8'))}`;
    if (name === 'status') text += ` ${describeStatus(readFileSync(join(folder, name)))}`;
    entries[name] = text;
  }
  return entries;
}

/** The listing once it stays as it is: a byte that was just taken makes runsv write its files again, through *.new. */
export function settledListing(folder: string): Promise<Record<string, string>> {
  return untilSame(folder, () => {
    const now = listing(folder);
    return Object.keys(now).some((name) => name.endsWith('.new') && now[name]?.startsWith('file'))
      ? undefined
      : now;
  });
}

/** Bytes of a status without what differs from run to run: time (but its form) and pid (but whether there is one). */
export function describeStatus(bytes: Buffer): string {
  const decoded = decodeStatus(bytes);
  if (decoded === undefined) return `${bytes.length} bytes`;
  const { since, pid, ...rest } = decoded;
  const recent = Math.abs(since.seconds - Date.now() / 1000) < 600;
  return JSON.stringify({
    length: bytes.length,
    recent,
    nanoseconds: since.nanoseconds % 1000,
    pid: pid === 0 ? 0 : 'N',
    ...rest,
  });
}
