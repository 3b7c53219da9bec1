/**
 * The document's brute force procedure, without its dangers: the service goes down, its ./run is started here with
 * the environment, directory and umask that runsv gives it, what it says is shown, and the service is put back, also
 * when INT, TERM or HUP comes in between.
 * Nothing is unlinked or removed: a service that is down is left alone by runsvdir.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { collect } from '../../doctor/collect/collect.ts';
import { parseEnviron } from '../../doctor/collect/environ.ts';
import { treeOf } from '../../doctor/tree.ts';
import { shellPath, tilde } from '../../doctor/words.ts';
import { homerunLine } from '../../shell/words.ts';
import { HomerunError, usageError } from '../../system/errors.ts';
import { probe } from '../../system/node/probe.ts';
import type { Context } from '../context.ts';
import { doctorHands, doctorWorld } from '../doctor-world.ts';
import { say } from '../fold.ts';
import { openPrompts } from '../prompts.ts';
import { type Ending, runTrial } from './trial.ts';

/** A run that is still there after so long has proved itself, seconds. */
const PROOF = 5;
/** runsv and its daemon get so long to go down, milliseconds. */
const DOWN_LIMIT = 10_000;

function verdict({ kind, how, seconds }: Ending): string {
  if (kind === 'failed') return `could not be started: ${how}`;
  if (kind === 'interrupted') return `was ended after ${seconds.toFixed(1)} s: that proves nothing`;
  if (kind === 'survived')
    return `stayed up for ${seconds.toFixed(0)} s, then it was ended: run works in the environment of the service`;
  return `ended by itself after ${seconds.toFixed(1)} s with ${how}: runsv would start it again and again`;
}

/** The umask that a process gives to what it starts; undefined when /proc does not tell. */
function umaskOf(pid: number): number | undefined {
  const octal = /^Umask:\s*([0-7]+)$/m.exec(probe.proc(`/proc/${pid}/status`) ?? '')?.[1];
  return octal === undefined ? undefined : Number.parseInt(octal, 8);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function untilDown(
  context: Context,
  name: string,
  supervise: string,
  abort: AbortSignal,
): Promise<void> {
  const until = context.clock.monotonic() + DOWN_LIMIT;
  for (;;) {
    const stat = fs.readFileSync(join(supervise, 'stat'), 'utf8');
    if (stat.startsWith('down')) return;
    if (abort.aborted) throw new HomerunError('interrupted', `doctor: ${name}: ended by ${abort.reason}`);
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
  const { status } = service.main;
  const goesDown = supervised && status !== null && (status.want === 'u' || status.pid !== 0);
  // What runs though it is not wanted up was asked for once.
  const putBack = status?.want === 'u' ? 'u' : 'o';
  if (context.interactive) {
    const prompts = await openPrompts();
    const message = `This stops ${name}, runs its ./run here for ${sample ?? PROOF} s, and puts the service back. Go on?`;
    if (!(await prompts.confirm({ message, initial: true }))) {
      say(context, 'Nothing was changed.\n');
      return 1;
    }
  }
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => stop.abort(signal);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  let ending: Ending;
  try {
    if (goesDown) {
      say(context, `${colours.bold('1.')} ${name} goes down\n`);
      await hands.perform({ kind: 'control', supervise: service.main.path, letters: 'd' });
      await untilDown(context, name, service.main.path, stop.signal);
    } else {
      say(context, `${colours.bold('1.')} ${name} is ${supervised ? 'down already' : 'not supervised'}\n`);
    }
    say(
      context,
      `${colours.bold('2.')} cd ${shellPath(snapshot, service.dir)}; ./run${main === undefined ? ' (no supervisor runs: with your own environment)' : ` (environment of the supervisor, pid ${main.process.pid})`}\n`,
    );
    ending = await runTrial({
      dir: service.dir,
      env,
      umask: main === undefined ? undefined : umaskOf(main.process.pid),
      seconds: sample ?? PROOF,
      abort: stop.signal,
      monotonic: context.clock.monotonic,
      line: (text) => context.out(`  ${colours.dim('|')} ${text}\n`),
    });
    // The terminal has written ^C.
    if (context.terminal && stop.signal.reason === 'SIGINT') context.out('\n');
    const colour = ending.kind === 'survived' ? colours.green : colours.red;
    say(context, `${colours.bold('3.')} ./run ${colour(verdict(ending))}\n`);
  } finally {
    if (goesDown) {
      await hands.perform({ kind: 'control', supervise: service.main.path, letters: putBack });
      say(
        context,
        `${colours.bold('4.')} ${name} is ${putBack === 'u' ? 'wanted up again' : 'started once again'}\n`,
      );
    }
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
  if (ending.kind === 'ended' || ending.kind === 'failed') {
    say(
      context,
      `Change ${tilde(snapshot, join(service.dir, 'run'))}, and try again: ${homerunLine('doctor', [name], '--brute-force')}\n`,
    );
  }
  return ending.kind === 'survived' ? 0 : 1;
}
