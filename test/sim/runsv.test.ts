/**
 * runsv's real machine and driver in seeded worlds. A failure prints its seed; HOMERUN_SIM_SEED=N runs that world
 * alone, HOMERUN_SIM_WORLDS=N runs more of them.
 */
import { describe, expect, it } from 'vitest';
import { World } from './world.ts';

const only = process.env.HOMERUN_SIM_SEED;
const WORLDS = Number(process.env.HOMERUN_SIM_WORLDS ?? 3000);
const EVENTS = 60;

describe('runsv in a simulated world', () => {
  it('keeps its promises over at least 100,000 events of any kind', () => {
    let steps = 0;
    if (only !== undefined) {
      new World(Number(only)).run(EVENTS);
      return;
    }
    for (let seed = 1; seed <= WORLDS; seed++) {
      const world = new World(seed);
      world.run(EVENTS);
      steps += world.steps;
    }
    expect(steps).toBeGreaterThan(100_000);
  }, 300_000);
});
