/** The demo shows the whole way through, in a home folder of its own, also to somebody who has services already. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';

let home: TestHome;
afterEach(() => home.remove());

describe('homerun demo', () => {
  it('does what each step says, and leaves the services alone that PATH has an svl for', {
    timeout: 240_000,
  }, () => {
    home = makeHome();
    const its = home;
    expect(
      its.homerun('init', '--engine', 'bundled', '--session', 'none', '--first-service', 'newtest').code,
    ).toBe(0);
    expect(its.homerun('up').code).toBe(0);
    const pid = (): string => readFileSync(join(its.path, 'service_gui/newtest/supervise/pid'), 'utf8');
    const before = pid();
    const { code, stdout, stderr } = its.homerun('demo');
    expect([code, stderr], stdout).toEqual([0, '']);
    expect(stdout).toMatch(/\nAll 8 steps did what they say\.\nFor yourself: homerun init\n$/);
    const [, folder] = /^The home folder of this demo is (\S+): your own files are not touched\.\n/.exec(
      stdout,
    ) as RegExpExecArray;
    expect(existsSync(folder as string)).toBe(false);
    expect(pid()).toBe(before);
    expect(existsSync(`/proc/${before.trim()}`)).toBe(true);
  });
});
