/**
 * A service directory in a temporary folder, and a supervisor on it. Whatever runs with its working directory in the
 * folder was started by the test, and is ended with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { removeFolder } from './remove-folder.ts';
import { until } from './until.ts';

/** Folder of homerun's runit programs, and of C's. */
export const OURS = resolve('runit');
export const C = '/usr/bin';

/** A file's text, one character a byte; undefined when it can't be read. */
export function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** Fields of /proc/PID/stat from the state on; undefined when the process is gone. */
export function processFields(pid: number): string[] | undefined {
  const stat = text(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** True while the process is there and no zombie. */
export function lives(pid: number): boolean {
  const state = processFields(pid)?.[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** All pids, with what `of` gives for each of them; processes that vanish meanwhile are passed over. */
export function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Of all its threads. (To look at every process of a busy machine again and again is work for a processor.) */
export function children(parent: number): number[] {
  let tasks: string[];
  try {
    tasks = readdirSync(`/proc/${parent}/task`);
  } catch {
    return [];
  }
  return tasks.flatMap((task) =>
    (text(`/proc/${parent}/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

export function argumentsOf(pid: number): string[] {
  return (text(`/proc/${pid}/cmdline`) ?? '').replace(/\0+$/, '').split('\0');
}

/** The process has a handler for the signal: until then it dies of it, or the signal is lost. */
export function catches(pid: number, signal: NodeJS.Signals): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(text(`/proc/${pid}/status`) ?? '')?.[1];
  return caught !== undefined && (BigInt(`0x${caught}`) >> BigInt(constants.signals[signal] - 1)) % 2n === 1n;
}

export interface Supervisor {
  readonly process: ChildProcess;
  readonly pid: number;
  /** What came on stdout and stderr so far. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** The exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export class ServiceTree {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'homerun-tree-')));
  /** The service directory. */
  readonly services = join(this.root, 'service');
  #outputs = 0;

  constructor() {
    chmodSync(this.root, 0o755);
    mkdirSync(this.services);
  }

  /** Writes a file below the root; executable when it starts with `#!`. */
  file(path: string, content: string): string {
    const whole = join(this.root, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
    chmodSync(whole, content.startsWith('#!') ? 0o755 : 0o644);
    return whole;
  }

  /** A service: `run` and other files by name, shell scripts without their first line. Returns its directory. */
  service(name: string, scripts: Readonly<Record<string, string>>, parent = 'service'): string {
    for (const [file, body] of Object.entries(scripts)) {
      this.file(`${parent}/.making/${file}`, body.startsWith('#!') ? body : `#!/bin/sh\n${body}\n`);
    }
    const folder = join(this.root, parent, name);
    renameInto(join(this.root, parent, '.making'), folder);
    return folder;
  }

  /** Makes the service directory look old, so that the first scan need not wait for the second to end. */
  age(): void {
    const then = new Date(Date.now() - 3_600_000);
    utimesSync(this.services, then, then);
  }

  start(
    program: string,
    args: readonly string[],
    options: { readonly env?: NodeJS.ProcessEnv; readonly uid?: number } = {},
  ): Supervisor {
    const output = join(this.root, `.output-${this.#outputs++}`);
    const fd = openSync(output, 'a');
    const child = spawn(program, args, {
      cwd: this.root,
      env: options.env ?? process.env,
      stdio: ['ignore', fd, fd],
      detached: true,
      argv0: basename(program),
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    closeSync(fd);
    const ended = new Promise<number | NodeJS.Signals>((done, failed) => {
      child.on('exit', (code, signal) => done(code ?? (signal as NodeJS.Signals)));
      child.on('error', failed);
    });
    const pid = child.pid as number;
    return {
      process: child,
      pid,
      output: () => text(output) ?? '',
      signal: (signal) => process.kill(pid, signal),
      ended,
    };
  }

  /** Processes that have their working directory in the folder. */
  inside(): number[] {
    return processes().filter((pid) => {
      try {
        const cwd = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
        return pid !== process.pid && (cwd === this.root || cwd.startsWith(`${this.root}/`));
      } catch {
        return false;
      }
    });
  }

  /** Ends all of it: supervisors first, so that nothing is started again. */
  async remove(): Promise<void> {
    await until(`no process in ${this.root}`, () => {
      const left = this.inside().filter(lives);
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It has just ended.
        }
      }
      return left.length === 0;
    });
    removeFolder(this.root);
  }
}

function renameInto(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { recursive: true, force: true });
  // The service appears whole.
  renameSync(from, to);
}
