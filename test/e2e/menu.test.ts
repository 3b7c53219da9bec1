/** The menu of services, and the question before something is removed, with keys in a real terminal. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Home, makeHome, ROOT } from '../setup/home.ts';
import { needs } from '../setup/needs.ts';
import { openTerminal, type TestTerminal } from '../setup/terminal.ts';
import { until } from '../setup/until.ts';

const HOMERUN = `node ${join(ROOT, 'bin/homerun')}`;
const SLEEPER = '#!/bin/sh\nexec sleep 100000\n';

describe.skipIf(!needs('tmux'))('without a name, on a terminal', () => {
  let home: Home;
  let terminal: TestTerminal | undefined;

  afterEach(async () => {
    terminal?.close();
    terminal = undefined;
    await home.close();
  });

  it('a menu picks services by keys; Ctrl-C and No change nothing and exit 1', async () => {
    home = makeHome();
    for (const name of ['alpha', 'beta', 'gamma']) home.service(name, { run: SLEEPER, log: null });
    home.service('spare', { run: SLEEPER, log: null, enabled: false });
    await home.start();
    const state = (name: string) => home.look().get(name)?.judgement.state;
    await until('all run', () => ['alpha', 'beta', 'gamma'].every((name) => state(name) === 'run'));
    terminal = await openTerminal(home.env, 80, 24);
    // What a supervisor writes changes by itself.
    const files = (): string[] =>
      readdirSync(home.folder, { recursive: true })
        .map(String)
        .filter((path) => !path.includes('supervise/'))
        .sort();
    const before = files();

    terminal.type(`clear; ${HOMERUN} stop; echo code $?`);
    expect(await terminal.shows(/gamma \(run\)/)).not.toContain('spare');
    terminal.keys('Space', 'Down', 'Space', 'C-c');
    expect(await terminal.shows(/^code 1$/m)).toContain('homerun: cancelled: nothing was changed\n');
    expect(['alpha', 'beta', 'gamma'].map(state)).toEqual(['run', 'run', 'run']);
    expect(files()).toEqual(before);

    terminal.type(`clear; ${HOMERUN} stop; echo code $?`);
    await terminal.shows(/gamma \(run\)/);
    terminal.keys('Space');
    await terminal.shows(/◼ alpha/);
    terminal.keys('Down');
    terminal.keys('Down');
    terminal.keys('Space');
    await terminal.shows(/◼ gamma/);
    terminal.keys('Enter');
    await terminal.shows(/^code 0$/m);
    expect(['alpha', 'beta', 'gamma'].map(state)).toEqual(['down', 'run', 'down']);

    // What is enabled already is not offered.
    terminal.type(`clear; ${HOMERUN} enable; echo code $?`);
    expect(await terminal.shows(/◻ spare \(installed\)/)).not.toContain('alpha');
    terminal.keys('C-c');
    await terminal.shows(/^code 1$/m);

    terminal.type(`clear; ${HOMERUN} remove beta; echo code $?`);
    await terminal.shows(/Stop beta and remove ~\/service_all\/beta/);
    terminal.keys('Enter');
    await terminal.shows(/^code 1$/m);
    expect([state('beta'), existsSync(join(home.layout.serviceAll, 'beta'))]).toEqual(['run', true]);

    terminal.type(`clear; echo again; ${HOMERUN} remove beta; echo code $?`);
    await terminal.shows(/^again\n[\s\S]*Stop beta and remove ~\/service_all\/beta/m);
    terminal.keys('y');
    await terminal.shows(/^code 0$/m);
    expect([state('beta'), existsSync(join(home.layout.serviceAll, 'beta'))]).toEqual([undefined, false]);
  });
});
