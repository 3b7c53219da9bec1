/** The wizard as a person drives it: arrow keys, typing, backspace, Ctrl-C at each question, a narrow terminal. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { needs } from '../setup/needs.ts';
import { openTerminal, type Terminal } from '../setup/wizard-terminal.ts';

vi.setConfig({ testTimeout: 240_000 });

/** A home and a terminal for one test: the tests run side by side, since most of each is waiting. */
function start(
  { onTestFinished }: TestContext,
  options: { columns?: number; env?: Record<string, string> } = {},
): { its: Terminal; home: TestHome } {
  const home = makeHome();
  onTestFinished(() => home.remove());
  writeFileSync(join(home.path, '.xinitrc'), 'xset b off\nexec twm\n');
  const its = openTerminal([resolve('bin/homerun'), 'init'], {
    env: { ...home.env, ...options.env },
    cwd: home.path,
    rows: 70,
    ...(options.columns === undefined ? {} : { columns: options.columns }),
  });
  onTestFinished(() => its.close());
  return { its, home };
}

/** Each question by words of its own, as clack marks the one that is asked (`◆`). */
const QUESTIONS = [
  'Where do the service directories go',
  'Which directory does runsvdir look at',
  'Where does the control script go',
  'Where does the runner go',
  'Where do the logs go',
  'Which shell runs the generated scripts',
  'Which programs supervise',
  'Which session starts the services',
  'A first service',
  'Make it so',
];
const asked = (question: string): RegExp => new RegExp(`◆ +${question}`);

describe.skipIf(!needs('tmux')).concurrent('the wizard of init', () => {
  it('asks in the order of the layout, shows what it will do, does it, and prints the line that does the same', async (test) => {
    const { its, home } = start(test);
    await its.waitFor(asked(QUESTIONS[0] as string));
    // Backspace over the default, and another name.
    its.keys(...Array(3).fill('BSpace'));
    its.type('every');
    its.keys('Enter');
    for (const question of QUESTIONS.slice(1, 4)) {
      await its.waitFor(asked(question));
      its.keys('Enter');
    }
    await its.waitFor(asked('Where do the logs go'));
    its.keys('Down');
    await its.waitFor(/● log\/main in each service directory/);
    its.keys('Enter');
    await its.waitFor(asked('Which shell'));
    its.keys('Enter');
    await its.waitFor(asked('Which programs'));
    its.keys('Enter');
    // Nobody learns only at the end that homerun does not make this file.
    const sessions = await its.waitFor(asked('Which session'));
    expect(sessions).toContain('○ ~/.config/river/init (has to be there first)');
    its.keys('Enter');
    await its.waitFor(asked('A first service'));
    its.keys('Down', 'Down');
    await its.waitFor(/● Not now/);
    its.keys('Enter');
    const preview = await its.waitFor(asked('Make it so'));
    expect(preview).toContain('├─ service_every/  new');
    expect(preview).toContain('└─ .xinitrc  changed');
    expect(preview).toContain('+# >>> homerun >>>');
    expect(existsSync(join(home.path, 'service_every'))).toBe(false);
    its.keys('Enter');
    await its.waitFor(/exit code 0/);
    // Where it is longer than the terminal is wide it goes on behind a backslash, as a shell takes it.
    const printed = its.history().match(/homerun init --yes [\s\S]*?--session xinitrc/)?.[0];
    expect(printed?.split('\n').filter((row) => row.length > 80)).toEqual([]);
    const line = printed?.replaceAll(/ \\\n +/g, ' ');
    expect(line).toMatch(/--service-all ~\/service_every --service-dir ~\/service_gui .* --logs inside /);
    expect(JSON.parse(readFileSync(join(home.path, '.config/homerun/config.json'), 'utf8'))).toMatchObject({
      serviceAll: `${home.path}/service_every`,
      logs: 'inside',
    });
    expect(readFileSync(join(home.path, '.xinitrc'), 'utf8')).toMatch(
      /^xset b off\n# >>> homerun >>>\n[\s\S]*# <<< homerun <<<\nexec twm\n$/,
    );
    // The printed line finds everything done.
    const again = home.run(
      'sh',
      '-c',
      `exec ${resolve('bin/homerun')} ${(printed as string).replace(/^homerun /, '')}`,
    );
    expect(again.stdout).toMatch(/^Nothing to do/);
  });

  it('says at once what will not do', async (test) => {
    const { its } = start(test);
    await its.waitFor(asked(QUESTIONS[0] as string));
    its.keys('Enter');
    await its.waitFor(asked(QUESTIONS[1] as string));
    its.keys('C-u');
    its.type('~/service_all');
    its.keys('Enter');
    await its.waitFor(/both directories are the same/);
    its.keys('C-c');
    await its.waitFor(/exit code 1/);
  });

  for (const [index, question] of QUESTIONS.entries()) {
    const key = index % 2 === 0 ? 'C-c' : 'Escape';
    it(`leaves the disk as it was when cancelled (${key}) at: ${question}?`, async (test) => {
      const { its, home } = start(test);
      const before = [home.snapshot(), home.times()];
      for (const earlier of QUESTIONS.slice(0, index)) {
        await its.waitFor(asked(earlier));
        its.keys('Enter');
      }
      await its.waitFor(asked(question));
      its.keys(key);
      const screen = await its.waitFor(/exit code \d+/);
      expect(screen).toContain('homerun: cancelled: nothing was changed\nexit code 1');
      expect([home.snapshot(), home.times()]).toEqual(before);
    });
  }

  it('fits 60 columns, and uses no colours with NO_COLOR', async (test) => {
    const { its } = start(test, { columns: 60, env: { NO_COLOR: '1' } });
    for (const question of QUESTIONS.slice(0, 4)) {
      await its.waitFor(asked(question));
      its.keys('Enter');
    }
    const screen = await its.waitFor(asked('Where do the logs go'));
    // What follows a question's first line hangs under its bar: nothing was broken by the terminal.
    const body = screen.split('\n').filter((line) => line !== '');
    expect(body.filter((line) => !/^[┌│◇◆└▲]/.test(line))).toEqual([]);
    its.keys('C-c');
    await its.waitFor(/exit code 1/);
  });
});
