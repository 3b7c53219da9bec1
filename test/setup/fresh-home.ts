/** A home folder for one test, and homerun in it. Whatever runs from it is ended when the test is over. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { removeFolder } from './remove-folder.ts';
import { runToEnd, type Said } from './said.ts';

export interface TestHome {
  readonly path: string;
  readonly env: Record<string, string>;
  homerun(...args: string[]): Said;
  /** Any program in this home's environment. */
  run(file: string, ...args: string[]): Said;
  /** The same, while other tests of the file go on. */
  readonly aside: {
    homerun(...args: string[]): Promise<Said>;
    run(file: string, ...args: string[]): Promise<Said>;
  };
  /** Every path below, with mode, kind and contents. */
  snapshot(): Record<string, string>;
  /** When each path below was last changed, in nanoseconds. */
  times(): Record<string, string>;
  /** Pids of processes whose environment has this home. */
  processes(): number[];
  remove(): void;
}

function processState(pid: number): { state: string; parent: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: state as string, parent: Number(parent) };
}

export function makeHome(name = 'home'): TestHome {
  const root = mkdtempSync(join(tmpdir(), 'homerun-test-'));
  const path = join(root, name);
  spawnSync('mkdir', ['-m', '755', '--', path]);
  const env: Record<string, string> = {
    HOME: path,
    USER: 'ann',
    PATH: `${path}/bin:${process.env.PATH ?? '/usr/bin:/bin'}`,
    LANG: 'C.UTF-8',
  };
  const run = (file: string, ...args: string[]) => {
    const result = spawnSync(file, args, { env, cwd: path, encoding: 'utf8', timeout: 100_000 });
    return { code: result.status, stdout: result.stdout, stderr: result.stderr };
  };
  const runAside = (file: string, ...args: string[]): Promise<Said> =>
    runToEnd(file, args, { env, cwd: path });
  const processes = (): number[] => {
    const own = new Set<number>();
    const children = new Map<number, number[]>();
    const look = (pid: number): void => {
      try {
        const { state, parent } = processState(pid);
        if (state === 'Z') return;
        children.set(parent, [...(children.get(parent) ?? []), pid]);
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
        if (environment.includes(`HOME=${Buffer.from(path).toString('latin1')}`)) own.add(pid);
      } catch {
        // It has ended.
      }
    };
    for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) look(Number(name));
    // A program that writes its title over its environment, as sshd does, is known by who has started it.
    for (const pid of own) for (const child of children.get(pid) ?? []) own.add(child);
    return [...own].sort((a, b) => a - b);
  };
  return {
    path,
    env,
    run,
    homerun: (...args) => run(resolve('bin/homerun'), ...args),
    aside: {
      homerun: (...args) => runAside(resolve('bin/homerun'), ...args),
      run: runAside,
    },
    snapshot: () => {
      const found: Record<string, string> = {};
      const walk = (folder: string): void => {
        for (const entry of readdirSync(folder).sort()) {
          const full = join(folder, entry);
          const stat = lstatSync(full);
          const mode = (stat.mode & 0o7777).toString(8);
          const key = full.slice(path.length + 1);
          if (stat.isSymbolicLink()) found[key] = `-> ${readlinkSync(full)}`;
          else if (stat.isDirectory()) {
            found[key] = `dir ${mode}`;
            walk(full);
          } else if (stat.isFile()) found[key] = `${mode} ${stat.uid} ${readFileSync(full, 'latin1')}`;
          else found[key] = 'other';
        }
      };
      walk(path);
      return found;
    },
    times: () =>
      Object.fromEntries(
        ['', ...readdirSync(path, { recursive: true, encoding: 'utf8' })].map((each) => [
          each,
          String(lstatSync(join(path, each), { bigint: true }).mtimeNs),
        ]),
      ),
    processes,
    remove: () => {
      // The runners first, so that none starts its runsvdir again; each round finds what was started in between.
      for (let round = 0; round < 50; round++) {
        const left = processes();
        if (left.length === 0) break;
        for (const pid of left) {
          try {
            process.kill(pid, 'SIGKILL');
          } catch {
            // Gone by itself.
          }
        }
        spawnSync('sleep', ['0.1']);
      }
      removeFolder(root);
    },
  };
}
