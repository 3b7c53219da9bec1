/**
 * Random orders for real: the same bytes to C's runsv and ours, from a seed. After each byte the test waits for what
 * a small model says must come of it; then everything that the service noted and that runsv published is compared.
 * HOMERUN_SEED=N starts at another seed, HOMERUN_SEQUENCES=N runs more of them.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { randomOf } from '../sim/random.ts';
import { type Case, compare, describeStatus, NOTING_RUN, type Runsv } from './runsv-world.ts';

const FIRST = Number(process.env.HOMERUN_SEED ?? 1);
const SEQUENCES = Number(process.env.HOMERUN_SEQUENCES ?? 60);
/** So many services run at once in one test, on each side. */
const AT_ONCE = 10;
const LENGTH = 7;

const SIGNALS: Readonly<Record<string, string>> = {
  a: 'ALRM',
  h: 'HUP',
  i: 'INT',
  q: 'QUIT',
  1: 'USR1',
  2: 'USR2',
};

interface Plan {
  readonly seed: number;
  readonly down: boolean;
  readonly finish: boolean;
  readonly log: boolean;
  readonly letters: readonly string[];
}

/** What is to be expected of a service; the letters are chosen so that it can be told. */
interface Model {
  running: boolean;
  paused: boolean;
  want: 'up' | 'down';
  starts: number;
  finishes: number;
}

function newModel(down: boolean): Model {
  return { running: !down, paused: false, want: down ? 'down' : 'up', starts: down ? 0 : 1, finishes: 0 };
}

function planOf(seed: number): Plan {
  const random = randomOf(seed * 7919);
  const down = random.chance(0.2);
  const finish = random.chance(0.4);
  const letters: string[] = [];
  const model = newModel(down);
  for (let count = 0; count < LENGTH; count++) {
    // While it is stopped, other signals would wait and come out in the kernel's order, and TERM would wait for CONT.
    const some = !model.running ? 'uodtkhp?' : model.paused ? 'cuodkp' : 'uodtkpcahiq12?';
    const letter = random.pick([...some]);
    letters.push(letter);
    expectOf(model, letter, finish);
  }
  return { seed, down, finish, log: random.chance(0.4), letters };
}

/** A failure names what was played. */
async function play(world: Case, plan: Plan): Promise<unknown> {
  const noted: string[] = [];
  try {
    return await playOut(world, plan, noted);
  } catch (error) {
    if (error instanceof Error) error.message += `\n${JSON.stringify({ plan, noted }, null, 1)}`;
    throw error;
  }
}

async function playOut(world: Case, plan: Plan, noted: string[]): Promise<unknown> {
  const name = `s${plan.seed}`;
  world.file(`${name}/run`, NOTING_RUN);
  if (plan.down) world.file(`${name}/down`, '');
  if (plan.finish) world.file(`${name}/finish`, '#!/bin/sh\necho "finish $*" >>events\n');
  if (plan.log) world.file(`${name}/log/run`, '#!/bin/sh\nexec cat >>lines\n');
  const runsv = world.start(name);
  const model = newModel(plan.down);
  await until(`ok of ${name}`, () => hasOk(runsv));
  await agree(runsv, model, plan);
  for (const letter of plan.letters) {
    const sent = runsv.events().length;
    runsv.send(letter);
    expectOf(model, letter, plan.finish);
    await agree(runsv, model, plan);
    const signal = SIGNALS[letter];
    if (signal !== undefined && model.running)
      await until(`${signal} of ${name}`, () => runsv.events().slice(sent).includes(signal));
    if (letter === 'c' && model.running)
      await until(`CONT of ${name}`, () => runsv.events().slice(sent).includes('CONT'));
    noted.push(
      `${letter}: ${runsv.stat().trim()} ${describeStatus(readFileSync(`${runsv.directory}/supervise/status`))}`,
    );
  }
  const code = await runsv.exit();
  return { plan, noted, code, events: runsv.events(), stat: runsv.stat(), stderr: runsv.stderr };
}

/** The last file that runsv makes at its start. */
function hasOk(runsv: Runsv): boolean {
  return lstatSync(`${runsv.directory}/supervise/ok`, { throwIfNoEntry: false })?.isFIFO() === true;
}

function expectOf(model: Model, letter: string, finish: boolean): void {
  const end = (): void => {
    if (!model.running) return;
    model.finishes++;
    // A start, that of ./finish too, takes the paused flag away; without one it stays.
    if (finish) model.paused = false;
    model.running = model.want === 'up';
    if (!model.running) return;
    model.starts++;
    model.paused = false;
  };
  switch (letter) {
    case 'u':
    case 'o':
      model.want = letter === 'u' ? 'up' : 'down';
      if (!model.running) {
        model.running = true;
        model.paused = false;
        model.starts++;
      }
      break;
    case 'd':
      model.want = 'down';
      end();
      break;
    case 't':
    case 'k':
      end();
      break;
    case 'p':
      model.paused = true;
      break;
    case 'c':
      model.paused = false;
      break;
  }
}

/** Waits until runsv and the service are where the model says. */
async function agree(runsv: Runsv, model: Model, plan: Plan): Promise<void> {
  await until(
    () =>
      `${model.starts} starts and ${model.finishes} ends of seed ${plan.seed} (are ${runsv.events().join(' ')})`,
    () => {
      const events = runsv.events();
      const starts = events.filter((event) => event === 'start').length;
      const finishes = events.filter((event) => event.startsWith('finish')).length;
      return starts === model.starts && (!plan.finish || finishes === model.finishes);
    },
  );
  const line = [
    model.running ? 'run' : 'down',
    ...(model.paused ? ['paused'] : []),
    ...(model.running && model.want === 'down' ? ['want down'] : []),
  ].join(', ');
  await runsv.untilStat(line);
}

describe.skipIf(!needs('runsv')).concurrent('random orders', () => {
  const groups = Array.from(
    { length: Math.ceil(SEQUENCES / AT_ONCE) },
    (_, index) => FIRST + index * AT_ONCE,
  );
  for (const start of groups) {
    it(`have the same outcome as in C: seeds ${start} to ${start + AT_ONCE - 1}`, async () => {
      const plans = Array.from({ length: AT_ONCE }, (_, index) => planOf(start + index));
      const played = await compare((world) => Promise.all(plans.map((plan) => play(world, plan))));
      expect(played).toHaveLength(AT_ONCE);
    }, 300_000);
  }
});
