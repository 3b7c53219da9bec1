/** The roster on a disk that is full for a while. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { Roster } from '../../src/supervisor/shared/roster.ts';

/** So many bytes there is room for. */
let room = Number.POSITIVE_INFINITY;
vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  /** Writes what there is room for, as write(2) does, and then fails. */
  const within =
    (write: typeof real.appendFileSync): typeof real.appendFileSync =>
    (path, text, options) => {
      const part = String(text).slice(0, room);
      room -= part.length;
      write(path, part, options);
      if (part.length < String(text).length) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
  return { ...real, appendFileSync: within(real.appendFileSync), writeFileSync: within(real.writeFileSync) };
});

const folder = mkdtempSync(join(tmpdir(), 'homerun-roster-'));
afterAll(() => rmSync(folder, { recursive: true }));

const entry = (name: string, inode: number) => ({ id: `8:${inode}`, home: `/home/all/${name}` });

it('has every service again once there is room', () => {
  const [a, b, c, d] = [entry('a', 1), entry('b', 2), entry('c', 3), entry('d', 4)] as const;
  const roster = new Roster(folder);
  roster.open();
  roster.add([a]);
  room = 12;
  roster.add([b]);
  roster.add([c]);
  // The beginning of a line leads to a place where the service is not, so nothing is done with it.
  expect(new Roster(folder).open()).toEqual([a, { ...b, home: '/home/' }]);
  room = Number.POSITIVE_INFINITY;
  roster.add([d]);
  expect(new Roster(folder).open()).toEqual([a, b, c, d]);
});
