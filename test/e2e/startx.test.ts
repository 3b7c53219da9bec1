/** startx with twm as the last line of .xinitrc: the document's own session, and a second one beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { freeDisplay, running, supervisors, variableOf } from './session.ts';

vi.setConfig({ testTimeout: 240_000 });

let home: TestHome;
const sessions: ChildProcess[] = [];
afterEach(() => {
  home.remove();
  // The X servers have the home in their environment as well: they are gone by now.
  for (const session of sessions.splice(0)) session.kill('SIGKILL');
});

/** startx as a person types it, but for the X server, which needs no screen. */
function startx(display: number): Promise<void> {
  const session = spawn('startx', [join(home.path, '.xinitrc'), '--', '/usr/bin/Xvfb', `:${display}`], {
    // In a UTF-8 locale twm ends where the X server has no fonts but its own.
    env: { ...home.env, LANG: 'C' },
    cwd: home.path,
    stdio: 'ignore',
  });
  sessions.push(session);
  return new Promise((resolve) => session.on('exit', () => resolve()));
}

describe.skipIf(!needs('startx', 'Xvfb', 'twm', 'runsvdir'))('startx with exec twm as its last line', () => {
  it('starts the services once for two sessions, and ends them all with the session that started them', async () => {
    home = makeHome();
    writeFileSync(join(home.path, '.xinitrc'), 'exec twm\n');
    expect(home.homerun('init', '--engine', 'system').code).toBe(0);
    expect(home.homerun('add-service', 'newtest', '--yes').code).toBe(0);
    expect(readFileSync(join(home.path, '.xinitrc'), 'utf8')).toMatch(
      /^# >>> homerun >>>\n[\s\S]*\n# <<< homerun <<<\nexec twm\n$/,
    );

    const one = freeDisplay(800);
    const ended = startx(one);
    const service = await until('the service runs', () => running(home, /mytest\.sh/)[0]);
    expect(variableOf(service, 'DISPLAY')).toBe(`:${one}`);
    const twm = await until('twm runs', () => running(home, /^twm /)[0]);

    const two = freeDisplay(800);
    const secondEnded = startx(two);
    const secondTwm = await until('a second twm runs', () =>
      running(home, /^twm /).find((pid) => pid !== twm),
    );
    const ofSecond = () => home.processes().filter((pid) => variableOf(pid, 'DISPLAY') === `:${two}`);
    await until('its runner has given up', () => ofSecond().join() === `${secondTwm}`);
    expect(supervisors(home).length).toBe(1);
    expect(running(home, /mytest\.sh/)).toEqual([service]);

    // The end of the second session touches nothing of the first.
    process.kill(secondTwm, 'SIGTERM');
    await secondEnded;
    expect(running(home, /mytest\.sh/)).toEqual([service]);

    process.kill(twm, 'SIGTERM');
    await ended;
    await until('nothing is left of the session', () => home.processes().length === 0);
  });
});
