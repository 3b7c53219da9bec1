/**
 * The document's brute force procedure, without its dangers: the service goes down, its ./run is started here with
 * the environment, directory and standard input that runsv gives it, what it says is shown, and the service is put back.
 * Nothing is unlinked or removed: a service that is down is left alone by runsvdir.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { collect } from '../../doctor/collect/collect.ts';
import { parseEnviron } from '../../doctor/collect/environ.ts';
import { treeOf } from '../../doctor/tree.ts';
import { homerunLine, shellWord } from '../../shell/words.ts';
import { HomerunError, usageError } from '../../system/errors.ts';
import { probe } from '../../system/node/probe.ts';
import type { Context } from '../context.ts';
import { doctorHands, doctorWorld } from '../doctor-world.ts';
import { say } from '../fold.ts';
import { openPrompts } from '../prompts.ts';

/** A run that is still there after so long has proved itself, seconds. */
const PROOF = 5;
/** runsv and its daemon get so long to go down, milliseconds. */
const DOWN_LIMIT = 10_000;
/** Between TERM and KILL for the trial run, milliseconds. */
const GRACE = 3000;

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly seconds: number;
  readonly survived: boolean;
  readonly failed: string | undefined;
}

/** Starts ./run as runsv does, prints its output line by line, ends it after the proof. */
function trial(context: Context, dir: string, env: NodeJS.ProcessEnv, seconds: number): Promise<Ending> {
  return new Promise((resolve) => {
    const started = context.clock.monotonic();
    let survived = false;
    let failed: string | undefined;
    const child = spawn('./run', [], { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const show = (chunk: Buffer): void => {
      for (const line of chunk.toString('utf8').replace(/\n$/, '').split('\n'))
        context.out(`  ${context.colours.dim('|')} ${line}\n`);
    };
    child.stdout.on('data', show);
    child.stderr.on('data', show);
    const end = (signal: NodeJS.Signals): void => {
      // The whole group: what run has started must not stay behind.
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // It has ended.
      }
    };
    let hard: NodeJS.Timeout | undefined;
    const proof = setTimeout(() => {
      survived = true;
      end('SIGTERM');
      hard = setTimeout(() => end('SIGKILL'), GRACE);
    }, seconds * 1000);
    const interrupt = (): void => end('SIGTERM');
    process.on('SIGINT', interrupt);
    const done = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(proof);
      clearTimeout(hard);
      process.off('SIGINT', interrupt);
      end('SIGTERM');
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ code, signal, seconds: (context.clock.monotonic() - started) / 1000, survived, failed });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      failed = error.code ?? error.message;
      done(null, null);
    });
    // Not `close`: something in the background may keep the pipes open.
    child.on('exit', (code, signal) => setTimeout(() => done(code, signal), 100));
  });
}

function verdict(ending: Ending): string {
  if (ending.failed !== undefined) return `could not be started: ${ending.failed}`;
  if (ending.survived)
    return `stayed up for ${ending.seconds.toFixed(0)} s, then it was ended: run works in the environment of the service`;
  const how = ending.signal === null ? `exit code ${ending.code}` : `killed by ${ending.signal}`;
  return `ended by itself after ${ending.seconds.toFixed(1)} s with ${how}: runsv would start it again and again`;
}

export async function bruteForce(
  context: Context,
  words: readonly string[],
  sample: number | undefined,
): Promise<number> {
  const [name] = words;
  if (name === undefined || words.length > 1)
    throw usageError('doctor: --brute-force takes the name of one service');
  const world = doctorWorld(context);
  const snapshot = await collect(world, { services: [name], sample: 0 });
  const [service] = snapshot.services;
  if (service === undefined) {
    throw new HomerunError('no-service', `doctor: ${name}: there is no such service`, {
      exitCode: 2,
      hint: 'homerun status lists the services',
    });
  }
  const { colours } = context;
  const hands = doctorHands(context);
  const main = treeOf(snapshot).main;
  const environ = main === undefined ? undefined : probe.proc(`/proc/${main.process.pid}/environ`);
  const env: NodeJS.ProcessEnv =
    environ === undefined || environ === '' ? { ...context.env } : parseEnviron(environ);
  const supervised = service.main.answers === 'ok';
  const wanted = service.main.status?.want === 'u';
  if (context.interactive) {
    const prompts = await openPrompts();
    const message = `This stops ${name}, runs its ./run here for ${sample ?? PROOF} s, and puts the service back. Go on?`;
    if (!(await prompts.confirm({ message, initial: true }))) {
      say(context, 'Nothing was changed.\n');
      return 1;
    }
  }
  let ending: Ending;
  try {
    if (supervised && wanted) {
      say(context, `${colours.bold('1.')} ${name} goes down\n`);
      await hands.perform({ kind: 'control', supervise: service.main.path, letters: 'd' });
      const until = context.clock.monotonic() + DOWN_LIMIT;
      for (;;) {
        const stat = fs.readFileSync(`${service.main.path}/stat`, 'utf8');
        if (stat.startsWith('down')) break;
        if (context.clock.monotonic() > until) {
          throw new HomerunError(
            'stuck',
            `${name}: it got TERM and does not end: its state is "${stat.trim()}"`,
            {
              hint: `Kill it and try again: ${homerunLine('kill', [name])}`,
            },
          );
        }
        await context.clock.wait(100);
      }
    } else
      context.out(`${colours.bold('1.')} ${name} is ${supervised ? 'down already' : 'not supervised'}\n`);
    say(
      context,
      `${colours.bold('2.')} cd ${shellWord(service.dir)}; ./run${main === undefined ? ' (no supervisor runs: with your own environment)' : ` (environment of the supervisor, pid ${main.process.pid})`}\n`,
    );
    ending = await trial(context, service.dir, env, sample ?? PROOF);
    say(
      context,
      `${colours.bold('3.')} ./run ${ending.survived ? colours.green(verdict(ending)) : colours.red(verdict(ending))}\n`,
    );
  } finally {
    if (supervised && wanted) {
      await hands.perform({ kind: 'control', supervise: service.main.path, letters: 'u' });
      say(context, `${colours.bold('4.')} ${name} is wanted up again\n`);
    }
  }
  if (!ending.survived)
    say(
      context,
      `Change ${service.dir}/run, and try again: ${homerunLine('doctor', [name], '--brute-force')}\n`,
    );
  return ending.survived ? 0 : 1;
}
