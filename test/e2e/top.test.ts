import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { widthOf } from '../../src/everyday/width.ts';
import { type Home, makeHome, ROOT } from '../setup/home.ts';
import { needs } from '../setup/needs.ts';
import { openTerminal, type TestTerminal } from '../setup/terminal.ts';

const HOMERUN = join(ROOT, 'bin/homerun');
const TOP = `node ${HOMERUN} top -d 0.3`;

/** What stty says of a terminal but its size. */
const settings = (file: string): string => readFileSync(file, 'utf8').replace(/rows \d+; columns \d+;/, '');

describe.skipIf(!needs('tmux'))('homerun top in a terminal', () => {
  let home: Home;
  let terminal: TestTerminal;

  beforeEach(async () => {
    home = makeHome();
    home.service('alpha', { run: '#!/bin/sh\nexec 2>&1\necho words of alpha\nexec sleep 100000\n' });
    home.service('beta', { run: '#!/bin/sh\nexec 2>&1\necho words of beta\nexec sleep 100000\n' });
    home.service('looper', { run: '#!/bin/sh\nexec 2>&1\nexec nosuchprogram\n' });
    await home.start();
    terminal = await openTerminal(home.env, 80, 24);
  });

  afterEach(async () => {
    terminal.close();
    await home.close();
  });

  it('shows services and the log of the chosen one, and its keys act on it', async () => {
    terminal.type(TOP);
    const first = await terminal.shows(/looper +crash-looping[\s\S]*words of alpha/);
    expect(first.split('\n')[1]).toMatch(/SERVICE +STATE +PID +TIME +CPU% +MEM +ENDED, 60 s/);
    expect(first.split('\n').find((line) => line.includes('looper'))).toMatch(/▁.*[▂▃▄▅▆▇█]/);
    for (const line of first.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80);

    terminal.keys('Down');
    await terminal.shows(/── log: beta ─[\s\S]*words of beta/);
    terminal.keys('x');
    await terminal.shows(/beta +down +-/);
    terminal.keys('s');
    await terminal.shows(/beta +run +\d+ /);
    terminal.keys('p');
    await terminal.shows(/beta +paused/);
    terminal.keys('p');
    await terminal.shows(/beta +run/);
    const pid = /beta +run +(\d+)/.exec(terminal.screen())?.[1];
    terminal.keys('r');
    await terminal.shows(new RegExp(`beta +run +(?!${pid} )\\d+`));

    terminal.keys('l');
    const zoomed = await terminal.shows(/^homerun top .*\n── log: beta/);
    expect(zoomed).not.toContain('SERVICE');
    terminal.keys('l');
    await terminal.shows(/SERVICE/);
    terminal.keys('j', 'd');
    await terminal.shows(/── doctor: looper ─[\s\S]*nosuchprogram/);
  });

  it('follows the size, and leaves the terminal as it was: after q, Ctrl-C, kill -TERM and with NO_COLOR', async () => {
    const before = join(home.folder, 'before');
    const after = join(home.folder, 'after');
    terminal.type(
      `echo first; stty -a >${before}; NO_COLOR=1 ${TOP}; code=$?; stty -a >${after}; echo code $code`,
    );
    await terminal.shows(/alpha +run/);
    expect(terminal.screen()).not.toContain('first');
    expect(terminal.screen(true)).not.toMatch(/\u001b\[[\d;]*3[1-6]m/);
    terminal.resize(46, 10);
    await terminal.shows(/^3 services: .*\n.*SERVICE(?:.*\n){3,}s start {2}x stop/);
    for (const line of terminal.screen().split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(46);
    terminal.keys('q');
    expect(await terminal.shows(/code 0/)).toContain('first');
    expect(settings(after)).toBe(settings(before));

    terminal.resize(80, 24);
    terminal.type(`clear; ${TOP}; echo code $?`);
    await terminal.shows(/alpha +run/);
    terminal.keys('C-c');
    await terminal.shows(/code 130/);

    terminal.type(`clear; ${TOP}; code=$?; stty -a >${after}; echo code $code`);
    await terminal.shows(/alpha +run/);
    terminal.keys('q');
    await terminal.shows(/code 0/);
    expect(settings(after)).toBe(settings(before));
  });

  it('leaves the terminal as it was after TERM, HUP and an error of its own, and is stopped by Ctrl-Z', async () => {
    const before = join(home.folder, 'before');
    const after = join(home.folder, 'after');
    const pidFile = join(home.folder, 'pid');
    // The error: a handler of a signal that nothing else uses throws.
    const fault = join(home.folder, 'fault.cjs');
    writeFileSync(fault, "process.on('SIGUSR2', () => { throw new Error('as planned'); });\n");
    const starts = `sh -c 'echo $$ >${pidFile}; exec ${TOP.replace('node', `node -r ${fault}`)}'`;
    terminal.type(`echo first; stty -a >${before}`);
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGHUP', 129],
      ['SIGUSR2', 1],
    ] as const) {
      terminal.type(`clear; echo first; ${starts}; echo code $?; stty -a >${after}; echo over`);
      await terminal.shows(/alpha +run/);
      process.kill(Number(readFileSync(pidFile, 'utf8')), signal);
      const screen = await terminal.shows(/^over$/m);
      expect(screen).toContain(`code ${code}\n`);
      expect(screen).toContain('first');
      expect(screen.includes('homerun: internal error: Error: as planned')).toBe(signal === 'SIGUSR2');
      expect(settings(after)).toBe(settings(before));
    }

    terminal.type(`clear; echo first; ${TOP}`);
    await terminal.shows(/alpha +run/);
    terminal.keys('C-z');
    expect(await terminal.shows(/^\$$/m)).toContain('first');
    terminal.type(`stty -a >${after}; echo over`);
    await terminal.shows(/^over$/m);
    expect(settings(after)).toBe(settings(before));
    terminal.type('fg');
    await terminal.shows(/alpha +run[\s\S]*s start/);
    terminal.keys('Down');
    await terminal.shows(/── log: beta ─/);
    terminal.keys('q');
    await terminal.shows(/^\$$/m);
    terminal.type(`clear; stty -a >${after}; echo over`);
    await terminal.shows(/^over$/m);
    expect(settings(after)).toBe(settings(before));

    // A terminal that cannot be drawn on.
    terminal.type(
      `clear; TERM=dumb ${TOP}; echo code $?; TERM= ${TOP.replace('top -d', 'status -w')}; echo code $?`,
    );
    expect((await terminal.shows(/code 2\n[\s\S]*code 2\n/)).replaceAll('\n', ' ')).toMatch(
      /top: it needs a terminal that can be drawn on, and TERM is dumb .*--watch: it needs .* TERM is not set /,
    );
  });

  it('needs a terminal', async () => {
    expect(await home.homerun('top')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'homerun: top: it needs a terminal\nWithout one: homerun status, or homerun status --json\n',
    });
  });
});
