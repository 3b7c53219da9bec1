/**
 * A home of its own for a test, as `homerun init` would have made it: the layout, services, and a supervisor of either
 * engine. What was started is ended, and the folder removed, by `close`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { judgeAll, type StatusRow } from '../../src/everyday/status-view.ts';
import { formatLayout, type Layout } from '../../src/layout/layout.ts';
import { isSupervised, listServices, readService, startLook } from '../../src/system/node/services.ts';
import { removeFolder } from './remove-folder.ts';
import { runToEnd, type Said } from './said.ts';
import { until } from './until.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface ServiceOptions {
  /** Text of ./run. */
  readonly run: string;
  readonly enabled?: boolean;
  readonly down?: boolean;
  /** Text of log/run; a plain svlogd -tt where it is left out; null: no log. */
  readonly log?: string | null;
}

export interface Home {
  readonly folder: string;
  readonly layout: Layout;
  readonly env: NodeJS.ProcessEnv;
  logFolder(name: string): string;
  service(name: string, options: ServiceOptions): void;
  /** Starts the supervisor. */
  start(options?: { shared?: boolean }): Promise<void>;
  /** The services as status judges them, by name; read in this process, which is much quicker than a command. */
  look(): ReadonlyMap<string, StatusRow>;
  /** HUP to the supervisor, and waits until it is gone. */
  stop(): Promise<void>;
  homerun(...args: string[]): Promise<Said>;
  /** The same with further variables. */
  homerunWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Said>;
  /** Adds a process to end at the close. */
  own(child: ChildProcess): ChildProcess;
  close(): Promise<void>;
}

export function makeHome(engine: 'bundled' | 'system' = 'bundled'): Home {
  const folder = mkdtempSync(join(tmpdir(), 'homerun-test-'));
  const layout: Layout = {
    version: 1,
    serviceAll: join(folder, 'service_all'),
    serviceDir: join(folder, 'service_gui'),
    svl: join(folder, 'bin/svl'),
    runner: join(folder, '.config/homerun/runner.sh'),
    logs: join(folder, '.local/state/homerun/log'),
    shell: '/bin/sh',
    engine,
    session: { kind: 'none', file: null },
    keepRunning: false,
  };
  for (const path of [layout.serviceAll, layout.serviceDir, dirname(layout.runner), layout.logs]) {
    mkdirSync(path, { recursive: true });
  }
  writeFileSync(join(folder, '.config/homerun/config.json'), formatLayout(layout));
  const programs = join(ROOT, 'runit');
  const env: NodeJS.ProcessEnv = {
    HOME: folder,
    USER: 'tester',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    CI: 'true',
    PATH: engine === 'bundled' ? `${programs}:${process.env.PATH}` : (process.env.PATH ?? ''),
  };
  const children: ChildProcess[] = [];
  let supervisor: ChildProcess | null = null;

  const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
  const home: Home = {
    folder,
    layout,
    env,
    logFolder: (name) => join(layout.logs, name),
    service: (name, { run, enabled = true, down = false, log }) => {
      const directory = join(layout.serviceAll, name);
      mkdirSync(directory, { recursive: true });
      const script = (path: string, text: string): void => {
        writeFileSync(path, text);
        chmodSync(path, 0o755);
      };
      script(join(directory, 'run'), run);
      if (down) writeFileSync(join(directory, 'down'), '');
      if (log !== null) {
        mkdirSync(join(directory, 'log'), { recursive: true });
        mkdirSync(home.logFolder(name), { recursive: true });
        script(join(directory, 'log/run'), log ?? `#!/bin/sh\nexec svlogd -tt "${home.logFolder(name)}"\n`);
      }
      if (enabled) symlinkSync(directory, join(layout.serviceDir, name));
    },
    start: async ({ shared = false } = {}) => {
      supervisor = spawn(
        'runsvdir',
        [...(shared ? ['--shared'] : []), '-P', layout.serviceDir, `log: ${'.'.repeat(100)}`],
        { env, stdio: 'ignore', detached: true },
      );
      children.push(supervisor);
      await until('the supervisor looks after every service', () =>
        listServices(layout).every(
          ({ enabled, path }) => !enabled || !existsSync(path) || isSupervised(join(path, 'supervise')),
        ),
      );
    },
    look: () => {
      const look = startLook(layout, { home: folder, user: 'tester', env });
      const rows = judgeAll(
        listServices(layout).map((entry) => readService(look, entry)),
        Date.now(),
      );
      return new Map(rows.map((row) => [row.facts.name, row]));
    },
    stop: async () => {
      if (supervisor === null || isOver(supervisor)) return;
      const ending = supervisor;
      supervisor = null;
      ending.kill('SIGHUP');
      await until('the supervisor has ended', () => isOver(ending));
      // runsvdir does not wait for its runsv processes, nor they for anybody.
      const folders = listServices(layout).flatMap(({ path }) => [path, join(path, 'log')]);
      await until(
        'every runsv has ended',
        () => !folders.some((path) => isSupervised(join(path, 'supervise'))),
      );
    },
    homerun: (...args) => home.homerunWith({}, ...args),
    homerunWith: (more, ...args) =>
      runToEnd(process.execPath, [join(ROOT, 'bin/homerun'), ...args], { env: { ...env, ...more } }),
    own: (child) => {
      children.push(child);
      return child;
    },
    close: async () => {
      await home.stop().catch(() => {});
      for (const child of children) if (!isOver(child)) child.kill('SIGKILL');
      await endLeftovers(folder);
      removeFolder(folder);
    },
  };
  return home;
}

/** Ends what still runs in services of that home (a test that failed, a service that ignores TERM), by its pid files. */
async function endLeftovers(folder: string): Promise<void> {
  const { readdirSync } = await import('node:fs');
  const all = join(folder, 'service_all');
  for (const name of existsSync(all) ? readdirSync(all) : []) {
    for (const part of ['supervise', 'log/supervise']) {
      const file = join(all, name, part, 'pid');
      const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
      if (!(pid > 1)) continue;
      try {
        if (readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HOME=${folder}`))
          process.kill(pid, 'SIGKILL');
      } catch {
        // It is gone.
      }
    }
  }
}
