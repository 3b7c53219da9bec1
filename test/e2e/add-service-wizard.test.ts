/** homerun add-service in a real terminal, as a person would: typing, backspace, arrows, Ctrl-C at every question. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultLayout, formatLayout } from '../../src/layout/layout.ts';
import { needs } from '../setup/needs.ts';
import { openTerminal, type TestTerminal } from '../setup/terminal.ts';

const command = `node ${resolve('bin/homerun')} add-service`;

let home = '';
let terminal: TestTerminal | undefined;

beforeEach(() => {
  home = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'homerun-wizard-')));
  const layout = defaultLayout({ home, user: 'slitt', env: {} }, { shell: '/bin/sh', engine: 'bundled' });
  for (const folder of ['.config/homerun', 'service_all', 'service_gui'])
    fs.mkdirSync(join(home, folder), { recursive: true });
  fs.writeFileSync(join(home, '.config/homerun/config.json'), formatLayout(layout));
});
afterEach(() => {
  terminal?.close();
  terminal = undefined;
  fs.rmSync(home, { recursive: true, force: true });
});

async function open(columns: number, env: NodeJS.ProcessEnv = {}): Promise<TestTerminal> {
  terminal = await openTerminal({ PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', ...env }, columns, 40);
  return terminal;
}

/** Every path, and when it was last changed. */
function paths(): string[] {
  return ['', ...fs.readdirSync(home, { recursive: true, encoding: 'utf8' })]
    .map((path) => `${path} ${fs.lstatSync(join(home, path), { bigint: true }).mtimeNs}`)
    .sort();
}

/** The questions of the template loop, in order: what the screen shows of each, and an answer to it. */
const QUESTIONS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/◆ {2}What is to run\?/, ['loop', 'Enter']],
  [/◆ {2}Which program does one pass/, ['date -u', 'Enter']],
  [/◆ {2}How many seconds between/, ['Enter']],
  [/◆ {2}In which directory/, ['Enter']],
  [/◆ {2}Name of the service/, ['Enter']],
  [/◆ {2}Make date\?/, ['Enter']],
];

// Six starts and some twenty keys, each waited for on the screen: much, on a busy machine.
describe.skipIf(!needs('tmux'))('the wizard of add-service in a terminal', { timeout: 180_000 }, () => {
  it('leaves the disk as it was after Ctrl-C or Esc at every single question, and exits with 1', async () => {
    const before = paths();
    const screen = await open(80);
    for (const [count, [last]] of QUESTIONS.entries()) {
      screen.type(`clear; ${command}; echo "code $?"`);
      for (const [question, keys] of QUESTIONS.slice(0, count)) {
        await screen.shows(question);
        screen.keys(...keys);
      }
      await screen.shows(last);
      screen.keys(count % 2 === 0 ? 'C-c' : 'Escape');
      const shown = await screen.shows(/code \d/);
      expect(shown).toContain('homerun: cancelled: nothing was changed\ncode 1');
      expect(paths()).toEqual(before);
    }
  });

  it('asks, says at once what is wrong with an answer, shows the tree, and makes it', async () => {
    const screen = await open(80);
    screen.type(command);
    await screen.shows(/What is to run\?/);
    // A name that begins so comes before names that hold it, and those before what is said about them.
    screen.keys('fetch');
    const ranked = await screen.shows(/Search: fetch[\s\S]*● fetchmail [\s\S]*getmail/);
    expect([...ranked.matchAll(/[●○] (\S+)/g)].map(([, name]) => name)).toEqual([
      'fetchmail',
      'fetchmail-daemon',
      'getmail',
    ]);
    screen.keys(...Array<string>(5).fill('BSpace'), 'again', 'Down');
    await screen.shows(/● /);
    screen.keys(...Array<string>(5).fill('BSpace'), 'loop');
    await screen.shows(/Search: loop/);
    screen.keys('Enter');
    await screen.shows(/◆ {2}Which program does one pass/);
    screen.keys('date; touch evil', 'Enter');
    await screen.shows(/▲[\s\S]*";": a list of commands is no single program/);
    screen.keys(...Array<string>(12).fill('BSpace'), 'Enter');
    await screen.shows(/◆ {2}How many seconds between/);
    screen.keys(...Array<string>(3).fill('BSpace'), '0', 'Enter');
    await screen.shows(/0 is less than 1/);
    screen.keys('BSpace', '7', 'Enter');
    await screen.shows(/◆ {2}In which directory/);
    screen.keys('Enter');
    await screen.shows(/◆ {2}Name of the service/);
    screen.keys('/x', 'Enter');
    await screen.shows(/it holds a slash/);
    screen.keys('BSpace', 'BSpace', 'Enter');
    const tree = await screen.shows(/◆ {2}Make date\?/);
    expect(tree).toContain('│  │  └─ date/  new');
    expect(tree).toContain('date -> ~/service_all/date  new');
    screen.keys('Enter');
    const end = await screen.shows(/The same without questions:\n(?:.*\n)+\$/);
    expect(end).toContain('made: ~/service_all/date; no supervisor runs; to start it: homerun up');
    // One command in two lines, as a shell takes it.
    expect(end).toContain(
      '\nhomerun add-service date --template loop --set command=date --set seconds=7 \\\n  --yes\n',
    );
    expect(fs.readFileSync(join(home, 'service_all/date/pass'), 'utf8')).toMatch(/\nexec \S*\/date\n$/);
    expect(fs.existsSync(join(home, 'evil'))).toBe(false);
  });

  it('keeps within 60 columns, and has no colours with NO_COLOR', async () => {
    const screen = await open(60, { NO_COLOR: '1' });
    screen.type(`${command} pulse -c 'sleep 1 2>&1 &'`);
    await screen.shows(/◆ {2}Make pulse\?/);
    const shown = screen.screen(true);
    expect(shown.split('\n').filter((line) => [...line].length > 60)).toEqual([]);
    // Reverse and dim are how clack marks a choice; colours are 30 to 37 and 90 to 97.
    expect(shown).not.toMatch(/\u001b\[(?:[0-9;]*;)?(?:3[0-7]|9[0-7])m/);
    screen.keys('Right', 'Enter');
    await screen.shows(/cancelled: nothing was changed/);
    expect(fs.existsSync(join(home, 'service_all/pulse'))).toBe(false);
  });
});
