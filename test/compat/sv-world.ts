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
  readFileSync,
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

  /** Many services at once, with a status that is to be written. */
  services(names: readonly string[]): void {
    const fifos: string[] = [];
    for (const name of names) {
      mkdirSync(join(this.root, name, 'supervise'), { recursive: true });
      for (const fifo of ['ok', 'control']) fifos.push(join(this.root, name, 'supervise', fifo));
    }
    const made = spawnSync('mkfifo', ['-m', '600', ...fifos]);
    if (made.status !== 0) throw new Error(`mkfifo: ${made.stderr}`);
    for (const [index, fifo] of fifos.entries()) {
      const descriptor = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
      this.descriptors.push(descriptor);
      if (fifo.endsWith('control')) this.controls.set(names[index >> 1] as string, descriptor);
    }
  }

  /** `NAME` or `NAME/log`: a directory with supervise/ in it, its FIFOs held open. */
  service(name: string, status: FakeStatus | Buffer): string {
    this.services([name]);
    this.status(name, status);
    return join(this.root, name);
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
function secondsOf(text: string): { seconds: bigint[]; rest: string } {
  const seconds: bigint[] = [];
  const rest = text.replace(/(: |\) )(\d+)s\b/g, (_, before, digits) => {
    seconds.push(BigInt(digits));
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
  const between = BigInt(Math.ceil((second.ended - first.began) / 1000));
  for (const [index, age] of a.seconds.entries()) {
    const difference = age - (b.seconds[index] as bigint);
    expect(difference).toBeGreaterThanOrEqual(0n);
    expect(difference).toBeLessThanOrEqual(between);
  }
}

/** Runs C's sv with many command lines at the same time, each on services that no other one names. */
export function runAllSv(tree: FakeTree, calls: readonly (readonly string[])[]): Said[] {
  tree.takeControls();
  const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  const began = Date.now();
  const said = join(tree.root, '.said');
  mkdirSync(said);
  const script = calls.map(
    (args, index) =>
      `{ ${C_SV} ${args.map(quote).join(' ')} >.said/${index}.out 2>.said/${index}.err; echo $? >.said/${index}.code; } &`,
  );
  const result = spawnSync('/bin/sh', ['-s'], {
    cwd: tree.root,
    env: { PATH: process.env.PATH, SVDIR: tree.root },
    input: `${script.join('\n')}\nwait\n`,
    encoding: 'latin1',
  });
  if (result.status !== 0) throw new Error(`sh: ${result.stderr}`);
  const control = tree.takeControls();
  const ended = Date.now();
  return calls.map((_, index) => ({
    stdout: readFileSync(join(said, `${index}.out`), 'latin1'),
    stderr: readFileSync(join(said, `${index}.err`), 'latin1'),
    code: Number(readFileSync(join(said, `${index}.code`), 'latin1')),
    signal: null,
    control,
    began,
    ended,
  }));
}
