import { expect, it } from 'vitest';
import { Garbage } from '../../src/supervisor/native/garbage.ts';

it('garbage is collected at the first look, and then when a megabyte, or a tenth of what was kept, has come together', () => {
  let held = 6;
  let kept = 4;
  const collections: number[] = [];
  const garbage = new Garbage({
    held: () => held * 2 ** 20,
    collect: () => {
      collections.push(held);
      held = kept;
    },
  });
  const looks = (...found: readonly number[]) => {
    for (held of found) garbage.look();
  };
  looks(6, 4.5, 4.9, 5, 4.9);
  kept = 30;
  looks(35, 31, 32.9, 33, 32);
  expect(collections).toEqual([6, 5, 35, 33]);
});

it('garbage is left to V8 where it cannot be collected', () => {
  const garbage = new Garbage({ held: () => Number.POSITIVE_INFINITY, collect: undefined });
  expect(garbage.look()).toBe(undefined);
});
