/**
 * Service directories that look supervised without a runsv: the FIFOs are held open by the test, `status` holds any
 * bytes. C's sv and ours are run on the same one, and what each said, wrote and returned is compared whole.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { runCheckScript } from '../../src/supervisor/native/check-script.ts';
import { sv } from '../../src/supervisor/sv.ts';

export const C_SV = '/usr/bin/sv';
export const OUR_SV = resolve('runit/sv');

/** TAI seconds of a Unix second. */
const TAI = 2n ** 62n + 10n;

export interface FakeStatus {
  /** Seconds before now; negative for the future. */
  readonly age?: number;
  readonly pid?: number;
  readonly paused?: number;
  readonly want?: string;
  readonly gotTerm?: number;
  readonly state?: number;
}

export function statusBytes(status: FakeStatus, now = Math.floor(Date.now() / 1000)): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeBigUInt64BE(TAI + BigInt(now - (status.age ?? 100)), 0);
  bytes.writeUInt32BE(500, 8);
  bytes.writeInt32LE(status.pid ?? 0, 12);
  bytes[16] = status.paused ?? 0;
  bytes[17] = (status.want ?? 'u').charCodeAt(0);
  bytes[18] = status.gotTerm ?? 0;
  bytes[19] = status.state ?? (status.pid ? 1 : 0);
  return bytes;
}

export class FakeTree {
  readonly root = mkdtempSync(join(tmpdir(), 'homerun-sv-'));
  private readonly descriptors: number[] = [];
  private readonly controls = new Map<string, number>();

  /** `NAME` or `NAME/log`: a directory with supervise/ in it, its FIFOs held open. */
  service(name: string, status: FakeStatus | Buffer): string {
    const folder = join(this.root, name);
    const supervise = join(folder, 'supervise');
    mkdirSync(supervise, { recursive: true });
    for (const fifo of ['ok', 'control']) {
      const made = spawnSync('mkfifo', ['-m', '600', join(supervise, fifo)]);
      if (made.status !== 0) throw new Error(`mkfifo: ${made.stderr}`);
      const descriptor = openSync(join(supervise, fifo), constants.O_RDWR | constants.O_NONBLOCK);
      this.descriptors.push(descriptor);
      if (fifo === 'control') this.controls.set(name, descriptor);
    }
    this.status(name, status);
    return folder;
  }

  status(name: string, status: FakeStatus | Buffer): void {
    const bytes = Buffer.isBuffer(status) ? status : statusBytes(status);
    writeFileSync(join(this.root, name, 'supervise/status'), bytes);
  }

  file(path: string, text: string, mode = 0o644): void {
    writeFileSync(join(this.root, path), text);
    chmodSync(join(this.root, path), mode);
  }

  /** What was written to a service's control since the last call. */
  takeControl(name: string): string {
    const buffer = Buffer.alloc(256);
    try {
      const count = readSync(this.controls.get(name) as number, buffer, 0, 256, null);
      return buffer.toString('latin1', 0, count);
    } catch {
      return '';
    }
  }

  takeControls(): Record<string, string> {
    return Object.fromEntries([...this.controls.keys()].map((name) => [name, this.takeControl(name)]));
  }

  remove(): void {
    for (const descriptor of this.descriptors) closeSync(descriptor);
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** What each service's control got. */
  readonly control: Record<string, string>;
  readonly began: number;
  readonly ended: number;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs our sv's code in this process, where pauses take no time; the program itself is run by some tests only. */
export function runOurs(
  name: string,
  tree: FakeTree,
  args: readonly string[],
  options: RunOptions = {},
): Said {
  tree.takeControls();
  const began = Date.now();
  const said = { 1: '', 2: '' };
  const environment: Record<string, string> = { SVDIR: tree.root, ...options.environment };
  const asBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  let paused = 0;
  const cwd = process.cwd();
  process.chdir(options.cwd ?? tree.root);
  try {
    const code = sv({
      name,
      args: args.map(asBytes),
      services: environment.SVDIR,
      wait: environment.SVWAIT,
      write: (descriptor, text) => {
        said[descriptor] += text;
      },
      clock: {
        now: Date.now,
        monotonic: () => paused,
        sleep: (milliseconds) => {
          paused += milliseconds;
        },
      },
      runCheck: runCheckScript,
    });
    const control = tree.takeControls();
    return { stdout: said[1], stderr: said[2], code, signal: null, control, began, ended: Date.now() };
  } finally {
    process.chdir(cwd);
  }
}

/** Runs one of the two on the tree, with SVDIR at its root unless told otherwise. */
export function runSv(
  program: string,
  tree: FakeTree,
  args: readonly string[],
  options: RunOptions = {},
): Said {
  tree.takeControls();
  const before = Date.now();
  const result = spawnSync(program, args, {
    cwd: options.cwd ?? tree.root,
    env: { PATH: process.env.PATH, SVDIR: tree.root, ...options.environment },
    encoding: 'latin1',
  });
  if (result.error) throw result.error;
  return {
    stdout: result.stdout,
    stderr: result.stderr,
    code: result.status,
    signal: result.signal,
    control: tree.takeControls(),
    began: before,
    ended: Date.now(),
  };
}

/** The seconds in status lines, in order, and the text without them. */
function secondsOf(text: string): { seconds: number[]; rest: string } {
  const seconds: number[] = [];
  const rest = text.replace(/(: |\) )(\d+)s\b/g, (_, before, digits) => {
    seconds.push(Number(digits));
    return `${before}Ss`;
  });
  return { seconds, rest };
}

/**
 * Both said, wrote and returned the same. The ages in status lines may differ by the time that lay between the two
 * runs, and not by more. `first` ran before `second`.
 */
export function expectSame(second: Said, first: Said): void {
  const [a, b] = [secondsOf(second.stdout), secondsOf(first.stdout)];
  const plain = ({ stderr, code, signal, control }: Said) => ({ stderr, code, signal, control });
  expect({ stdout: a.rest, ...plain(second) }).toEqual({ stdout: b.rest, ...plain(first) });
  const between = Math.ceil((second.ended - first.began) / 1000);
  for (const [index, age] of a.seconds.entries()) {
    const difference = age - (b.seconds[index] as number);
    expect(difference).toBeGreaterThanOrEqual(0);
    expect(difference).toBeLessThanOrEqual(between);
  }
}
