import { describe, expect, it } from 'vitest';
import { needs } from '../setup/needs.ts';
import { runFaultRounds } from './fault-rounds.ts';

/** In each of two trees, side by side: most of the time is waited for. HOMERUN_ROUNDS asks for more. */
const rounds = Number(process.env.HOMERUN_ROUNDS ?? 100);
const first = Number(process.env.HOMERUN_SEED ?? Date.now() % 2 ** 31);

describe.skipIf(!needs('perl')).concurrent('faults', () => {
  for (const seed of [first, first + 1]) {
    it(`${rounds} rounds of kill -9 lose and double no line, start no second copy, and leave every service up (seed ${seed})`, {
      timeout: 240_000 + rounds * 2000,
    }, async () => {
      const { wrong, lines, kills } = await runFaultRounds({ rounds, seed, pause: 300 });
      expect(wrong, `seed ${seed}`).toEqual([]);
      expect(lines).toBeGreaterThan(1000);
      // How many daemons were there to be killed depends on how fast the machine brings them back.
      expect(kills.supervisor).toBeGreaterThan(rounds / 8);
      expect(kills.daemon).toBeGreaterThan(0);
    });
  }
});
