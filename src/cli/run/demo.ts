/**
 * The whole way through, for real: every step runs the command that it prints and then looks for itself whether the
 * effect is there. Exit code 0 means that each was.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFile, type Layout, type LayoutPlaces, logFolder, parseLayout } from '../../layout/layout.ts';
import { isProgram } from '../../layout/path-search.ts';
import type { ProgramResult } from '../../system/ports.ts';
import type { Context, RunCommand } from '../context.ts';
import { bundledEngine } from '../engine.ts';
import { say } from '../fold.ts';
import { findSupervisors, poll, stopSupervisor } from '../supervisor.ts';

/** What a step expected and did not find. */
class Missed extends Error {}

/** A look that failed is repeated for so long: supervisors work beside us, and the machine may be busy. */
const PATIENCE = 30_000;
const SERVICE = 'newtest';

interface Stage {
  readonly context: Context;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prints a command, runs it, prints what it says. */
  type(words: readonly string[], file?: string): Promise<ProgramResult>;
  /** Waits until a fact holds; throws Missed with the fact otherwise. */
  see(fact: string, look: () => boolean | Promise<boolean>): Promise<void>;
}

interface Step {
  readonly title: string;
  run(stage: Stage): Promise<void>;
}

function layoutOf(stage: Stage): Layout {
  const places: LayoutPlaces = { home: stage.home, user: stage.context.identity.user, env: stage.env };
  const parsed = parseLayout(stage.context.files.readFileSync(configFile(places), 'utf8'));
  if (!parsed.ok) throw new Missed(`${configFile(places)} can be read: ${parsed.why}`);
  // Whatever init found: the demo starts, breaks and stops nothing but its own.
  for (const path of [parsed.layout.serviceAll, parsed.layout.serviceDir])
    if (!path.startsWith(`${stage.home}/`)) throw new Missed(`${path} is in the demo's home folder`);
  return parsed.layout;
}

/** Words as one types them in that home. */
function asTyped(words: readonly string[], home: string): string {
  return words.map((word) => word.replaceAll(home, '~')).join(' ');
}

async function succeed(stage: Stage, words: readonly string[], file?: string): Promise<ProgramResult> {
  const result = await stage.type(words, file);
  if (result.code !== 0) {
    throw new Missed(
      `\`${asTyped(words, stage.home)}\` exits 0, found ${result.code ?? result.signal ?? result.failedToStart}`,
    );
  }
  return result;
}

const run_ = (stage: Stage): string => join(layoutOf(stage).serviceAll, SERVICE, 'run');
const svl = (stage: Stage): string => layoutOf(stage).svl;

/** Waits until svl itself reports a state. */
async function seeState(stage: Stage, state: RegExp, fact: string): Promise<void> {
  let last = '';
  try {
    await stage.see(fact, async () => {
      const result = await stage.context.run(svl(stage), ['status', SERVICE], { env: stage.env });
      last = result.stdout;
      return state.test(result.stdout);
    });
  } catch (error) {
    if (error instanceof Missed) throw new Missed(`${error.message}; svl says: ${last.trim()}`);
    throw error;
  }
}

const STEPS: readonly Step[] = [
  {
    title: 'Make the directories, svl, the runner and the session hook',
    run: async (stage) => {
      await succeed(stage, ['homerun', 'init', '--yes', '--engine', 'bundled']);
      const layout = layoutOf(stage);
      const { files } = stage.context;
      await stage.see(
        'svl and the runner are executable',
        () => isProgram(files, layout.svl) && isProgram(files, layout.runner),
      );
      await stage.see('both service directories are there', () =>
        [layout.serviceAll, layout.serviceDir].every((path) => files.statSync(path).isDirectory()),
      );
    },
  },
  {
    title: 'Make a service with a log',
    run: async (stage) => {
      await succeed(stage, ['homerun', 'add-service', SERVICE, '--template', 'newtest', '--yes']);
      const layout = layoutOf(stage);
      const { files } = stage.context;
      await stage.see('run and log/run are executable', () =>
        ['run', 'log/run'].every((name) => isProgram(files, join(layout.serviceAll, SERVICE, name))),
      );
      await stage.see('its link is in the service directory', () =>
        files.lstatSync(join(layout.serviceDir, SERVICE)).isSymbolicLink(),
      );
    },
  },
  {
    title: 'Start the supervisor',
    run: async (stage) => {
      await succeed(stage, ['homerun', 'up']);
      await stage.see(
        'one runsvdir runs',
        () => findSupervisors(stage.context, layoutOf(stage).serviceDir).length === 1,
      );
    },
  },
  {
    title: 'Look at it, take it down, bring it up',
    run: async (stage) => {
      await seeState(
        stage,
        /^run: newtest: \(pid \d+\) .*; run: log: \(pid \d+\)/,
        'the service and its log run',
      );
      await succeed(stage, ['svl', 'status'], svl(stage));
      await succeed(stage, ['svl', 'down', SERVICE], svl(stage));
      await seeState(stage, /^down: newtest: /, 'the service is down');
      await succeed(stage, ['svl', 'status'], svl(stage));
      await succeed(stage, ['svl', 'up', SERVICE], svl(stage));
      await seeState(stage, /^run: newtest: /, 'the service runs again');
      await succeed(stage, ['svl', 'status'], svl(stage));
    },
  },
  {
    title: "Read its log's last lines",
    run: async (stage) => {
      const current = join(logFolder(layoutOf(stage), SERVICE), 'current');
      const stamped = /^\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d\.\d+ ./m;
      await stage.see('the log holds lines with the time', () => {
        try {
          return stamped.test(stage.context.files.readFileSync(current, 'utf8'));
        } catch {
          return false;
        }
      });
      const result = await succeed(stage, ['homerun', 'logs', SERVICE, '-n', '3']);
      if (result.stdout.trim() === '') throw new Missed('`homerun logs` shows lines');
    },
  },
  {
    title: 'Break it, and let doctor find it',
    run: async (stage) => {
      await succeed(stage, ['chmod', '-x', run_(stage)], '/bin/chmod');
      const result = await stage.type(['homerun', 'doctor', SERVICE]);
      if (result.code !== 1) throw new Missed(`doctor exits 1 for a broken service, found ${result.code}`);
      if (!result.stdout.includes('run-not-executable')) throw new Missed('doctor names run-not-executable');
    },
  },
  {
    title: 'Let doctor mend it',
    run: async (stage) => {
      await succeed(stage, ['homerun', 'doctor', SERVICE, '--fix', '--yes']);
      await stage.see('run is executable again', () => isProgram(stage.context.files, run_(stage)));
      await seeState(stage, /^run: newtest: /, 'the service runs');
    },
  },
  {
    title: 'Stop everything',
    run: async (stage) => {
      const { context } = stage;
      const pidFile = join(layoutOf(stage).serviceDir, SERVICE, 'supervise/pid');
      const pid = context.files.readFileSync(pidFile, 'utf8').trim();
      await succeed(stage, ['homerun', 'down']);
      await stage.see(
        'no runsvdir runs',
        () => findSupervisors(context, layoutOf(stage).serviceDir).length === 0,
      );
      await stage.see('the service is gone', () => pid !== '' && !context.files.existsSync(`/proc/${pid}`));
    },
  },
];

/** The environment of somebody else: nothing of this user's places leaks in. */
function strangersEnvironment(context: Context, home: string): Record<string, string | undefined> {
  // What is shown is indented.
  const env: Record<string, string | undefined> = {
    ...context.env,
    HOME: home,
    COLUMNS: String(context.columns - 2),
  };
  for (const name of Object.keys(env)) {
    if (/^(?:XDG_(?:CONFIG|STATE|DATA|CACHE)_HOME|SVDIR|SVWAIT|CI|HOMERUN_.*)$/.test(name)) delete env[name];
  }
  env.PATH = `${join(home, 'bin')}:${context.env.PATH ?? '/usr/bin:/bin'}`;
  return env;
}

export const run: RunCommand = async (context, { options }) => {
  const home = mkdtempSync(join(tmpdir(), 'homerun-demo-'));
  chmodSync(home, 0o700);
  const env = strangersEnvironment(context, home);
  const { bold, dim, green, red, cyan } = context.colours;
  const homerun = join(context.installation, 'bin/homerun');
  const stage: Stage = {
    context,
    home,
    env,
    type: async (words, file) => {
      say(context, `${dim('$')} ${cyan(asTyped(words, home))}\n`);
      const result = await context.run(file ?? homerun, words.slice(1), { env, cwd: home });
      const text = `${result.stdout}${result.stderr}`.trimEnd();
      if (text !== '') say(context, `${text.replace(/^/gm, '  ')}\n`);
      return result;
    },
    see: async (fact, look) => {
      if (!(await poll(context, PATIENCE, look))) throw new Missed(fact);
      say(context, `${green('✓')} ${fact}\n`);
    },
  };

  const cleanUp = async (): Promise<void> => {
    try {
      const layout = layoutOf(stage);
      if (findSupervisors(context, layout.serviceDir).length > 0) {
        await stopSupervisor(context, layout, bundledEngine(context));
      }
    } catch {
      // Before init there is nothing to stop.
    }
    if (options.keep === true) say(context, `The home folder stays: ${home}\n`);
    else rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      interrupted = true;
    });
  }

  say(context, `The home folder of this demo is ${home}: your own files are not touched.\n`);
  let done = 0;
  let code = 0;
  try {
    for (const step of STEPS) {
      if (interrupted) throw new Missed('the demo runs to its end; it was interrupted');
      say(context, `\n${bold(`${done + 1}. ${step.title}`)}\n`);
      await step.run(stage);
      done++;
    }
    say(context, `\n${green(`All ${STEPS.length} steps did what they say.`)}\n`);
    say(context, 'For yourself: homerun init\n');
  } catch (error) {
    if (!(error instanceof Missed)) throw error;
    say(context, `${red('✗')} expected, but not so: ${error.message}\n`);
    context.err(`homerun: demo: step ${done + 1} of ${STEPS.length} had not the effect that it says\n`);
    code = 1;
  } finally {
    await cleanUp();
  }
  return code;
};
