/** The supervisor of a service directory: finding it, starting it by the runner, stopping it with every service. */
import { join } from 'node:path';
import { configFolder, type Layout } from '../layout/layout.ts';
import { PATIENCE, PATIENCE_FILE, parsePatience } from '../layout/patience.ts';
import { HomerunError } from '../system/errors.ts';
import { listSupervisors } from '../system/node/supervisor.ts';
import type { Files } from '../system/ports.ts';
import type { Context } from './context.ts';
import type { EnginePaths } from './engine.ts';

/** The directories that runsvdir processes of this user look at. */
export function runningDirectories(context: Context): string[] {
  return listSupervisors(context.identity.uid).map(({ directory }) => directory);
}

/** The pids of this user's runsvdir processes for a service directory. */
export function findSupervisors(context: Context, serviceDir: string): number[] {
  const real = (path: string): string => {
    try {
      return context.files.realpathSync(path);
    } catch {
      // The directory is gone; a runsvdir for it may still run.
      return path;
    }
  };
  return listSupervisors(context.identity.uid)
    .filter(({ directory }) => real(directory) === real(serviceDir))
    .map(({ pid }) => pid);
}

function isDirectory(files: Files, path: string): boolean {
  try {
    return files.statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Names of what runsvdir sees as services: entries that are directories, links followed. */
export function serviceNames(context: Context, serviceDir: string): string[] {
  try {
    return context.files
      .readdirSync(serviceDir)
      .filter((name) => !name.startsWith('.') && isDirectory(context.files, join(serviceDir, name)))
      .sort();
  } catch {
    return [];
  }
}

export async function poll(
  context: Context,
  patience: number,
  condition: () => boolean | Promise<boolean>,
  step = 50,
): Promise<boolean> {
  const end = context.clock.monotonic() + patience;
  for (;;) {
    if (await condition()) return true;
    if (context.clock.monotonic() > end) return false;
    await context.clock.wait(step);
  }
}

/** sv's status lines of all services, for those that a runsv answers for; exit code 0 when all do. */
export async function statusOfAll(
  context: Context,
  layout: Layout,
  engine: EnginePaths,
): Promise<{ code: number; text: string }> {
  const names = serviceNames(context, layout.serviceDir);
  if (names.length === 0) return { code: 0, text: '' };
  const result = await context.run(engine.sv, ['status', ...names], {
    env: { ...context.env, SVDIR: layout.serviceDir },
  });
  return { code: result.code ?? 100, text: result.stdout };
}

/** Tells services by their names, by sv: whether all of them came to be so, and what sv said of each. */
export async function tellNamed(
  context: Context,
  layout: Layout,
  engine: EnginePaths,
  verb: 'up' | 'down',
  names: readonly string[],
): Promise<{ ok: boolean; said: string }> {
  const { code, stdout, stderr } = await context.run(engine.sv, ['-v', verb, ...names], {
    env: { ...context.env, SVDIR: layout.serviceDir },
  });
  context.err(stderr);
  return { ok: code === 0, said: stdout };
}

/** An idle runsvdir of C looks every five seconds; a busy machine takes its time. */
const START_PATIENCE = 20_000;
/** So many looks must find the same process. */
const STEADY_LOOKS = 2;
/** Milliseconds between two looks at all processes, or two calls of sv: both take a while themselves. */
const SCAN_STEP = 150;
/** sv itself may take so long beyond the time that it gives the services. */
const SV_PATIENCE = 20_000;
/** So long the services that take their time are waited for without a word. */
const SILENT_PATIENCE = 1000;
/** runsvdir itself ends at once; the runner kills one that has not after ten seconds. */
const STOP_PATIENCE = 20_000;

/**
 * Starts the supervisor in the background and waits until it answers for every service.
 *
 * @param stopping the one that runs still, and is stopping its services: not the one that is waited for
 * @returns its pid, and the services that it does not answer for within the time
 * @throws HomerunError when the runner is missing or ends without a supervisor
 */
export async function startSupervisor(
  context: Context,
  layout: Layout,
  engine: EnginePaths,
  stopping?: number,
): Promise<{ pid: number; silent: readonly string[] }> {
  if (!context.files.existsSync(layout.runner)) {
    throw new HomerunError('no-runner', `${layout.runner}: the runner is not there`, {
      hint: 'Write it anew: homerun init',
    });
  }
  const { startDetached } = await import('../system/node/detached.ts');
  let runner: Awaited<ReturnType<typeof startDetached>>;
  try {
    runner = await startDetached(layout.runner, [], {
      env: context.env as NodeJS.ProcessEnv,
      cwd: context.identity.home,
    });
  } catch (error) {
    throw new HomerunError('no-runner', `${layout.runner}: cannot be started: ${(error as Error).message}`, {
      hint: 'Write it anew: homerun init',
      cause: error,
    });
  }
  try {
    let pid: number | undefined;
    let looks = 0;
    await poll(
      context,
      START_PATIENCE,
      () => {
        // A shell on its way to becoming runsvdir forks helpers that look like it for a moment.
        const found = findSupervisors(context, layout.serviceDir).find((each) => each !== stopping);
        looks = found !== undefined && found === pid ? looks + 1 : 0;
        pid = found;
        return looks >= STEADY_LOOKS || runner.ended() !== undefined;
      },
      SCAN_STEP,
    );
    if (pid === undefined) {
      const said = runner.said().trim();
      throw new HomerunError(
        'not-started',
        `the supervisor did not start: ${said === '' ? `${layout.runner} ended with ${runner.ended()}` : said}`,
        { hint: `Run it in front to see more: ${layout.runner}` },
      );
    }
    let text = '';
    await poll(
      context,
      START_PATIENCE,
      async () => {
        const status = await statusOfAll(context, layout, engine);
        text = status.text;
        return status.code === 0;
      },
      SCAN_STEP,
    );
    const silent = text
      .split('\n')
      .flatMap((line) => /^(?:warning|fail): (.*?): (?:unable|runsv)/.exec(line)?.[1] ?? []);
    // By now it has its own name in ps, and its helpers of the first moment are gone.
    return { pid: findSupervisors(context, layout.serviceDir)[0] ?? pid, silent };
  } finally {
    runner.release();
  }
}

/** The runner in front of a runsvdir; undefined when something else started it. */
function runnerOf(context: Context, layout: Layout, pid: number): number | undefined {
  try {
    const status = context.files.readFileSync(`/proc/${pid}/status`, 'utf8');
    const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
    const words = context.files.readFileSync(`/proc/${parent}/cmdline`, 'utf8').split('\0');
    return words.includes(layout.runner) ? parent : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the runner in front of that runsvdir is stopping its services: its lock is then a shared one. */
export async function isStopping(context: Context, layout: Layout, pid: number): Promise<boolean> {
  if (runnerOf(context, layout, pid) === undefined) return false;
  const asked = await context.run('flock', ['-n', '-s', configFolder(context.places), 'true'], {});
  return asked.code === 0;
}

/** The services with a file `patience`, and its seconds. */
function patientServices(
  context: Context,
  serviceDir: string,
  names: readonly string[],
): Map<string, number> {
  const patient = new Map<string, number>();
  for (const name of names) {
    try {
      const text = context.files.readFileSync(join(serviceDir, name, PATIENCE_FILE), 'utf8');
      const seconds = parsePatience(text);
      if (seconds !== undefined) patient.set(name, seconds);
    } catch {
      // There is none.
    }
  }
  return patient;
}

/**
 * Stops the supervisor and every service: TERM to the runner, which makes it HUP for runsvdir; a service whose time
 * (layout/patience.ts) is over is killed. Also ends what an ended runsvdir left behind.
 *
 * @returns how many supervisors there were, and what did not end
 */
export async function stopSupervisor(
  context: Context,
  layout: Layout,
  engine: EnginePaths,
): Promise<{ supervisors: number; left: readonly string[] }> {
  const pids = findSupervisors(context, layout.serviceDir);
  for (const pid of pids) {
    // The runner would start a runsvdir that dies under it again; told to stop, it stops everything itself.
    const runner = runnerOf(context, layout, pid);
    try {
      if (runner === undefined) process.kill(pid, 'SIGHUP');
      else process.kill(runner, 'SIGTERM');
    } catch {
      // It has ended by itself in between.
    }
  }
  const names = serviceNames(context, layout.serviceDir);
  const patient = patientServices(context, layout.serviceDir, names);
  const shutDown = (seconds: number, ...which: string[]) =>
    context.run(engine.sv, ['-w', String(seconds), 'force-shutdown', ...which], {
      env: { ...context.env, SVDIR: layout.serviceDir },
      timeout: seconds * 1000 + SV_PATIENCE,
    });
  const waiting = new Set(patient.keys());
  const slow = [...patient].map(([name, seconds]) =>
    shutDown(seconds, name).then(() => waiting.delete(name)),
  );
  const quick = names.filter((name) => !patient.has(name));
  if (quick.length > 0) await shutDown(PATIENCE, ...quick);
  await poll(context, SILENT_PATIENCE, () => waiting.size === 0);
  for (const name of waiting) {
    context.err(
      `Waiting for ${name}: it has ${patient.get(name)} s to end in (Ctrl-C: it ends all the same)\n`,
    );
  }
  await Promise.all(slow);
  const gone = (): boolean => pids.every((pid) => !context.files.existsSync(`/proc/${pid}`));
  if (!(await poll(context, STOP_PATIENCE, gone))) {
    // With every service gone it has nothing left to wait for.
    for (const pid of findSupervisors(context, layout.serviceDir)) {
      if (!pids.includes(pid)) continue;
      context.err(`homerun: runsvdir, process ${pid}, did not end after HUP, and was killed\n`);
      process.kill(pid, 'SIGKILL');
    }
    await poll(context, STOP_PATIENCE, gone);
  }
  const left = findSupervisors(context, layout.serviceDir).map((pid) => `runsvdir, process ${pid}`);
  if (names.length > 0) {
    const { text } = await statusOfAll(context, layout, engine);
    for (const line of text.split('\n')) {
      const name = /^(?:run|down|finish): (.*?): /.exec(line)?.[1];
      if (name !== undefined) left.push(name);
    }
  }
  return { supervisors: pids.length, left };
}
