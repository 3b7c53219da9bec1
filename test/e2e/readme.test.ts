/** Whoever follows the README in an empty home folder gets what it says: its commands, as they stand there. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/registry.ts';
import { makeHome } from '../setup/fresh-home.ts';
import { ROOT } from '../setup/home.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const section = (title: string): string => {
  const from = readme.indexOf(`\n## ${title}\n`);
  expect(from, title).not.toBe(-1);
  const to = readme.indexOf('\n## ', from + 1);
  return readme.slice(from, to);
};
/** The lines of the blocks in a section, without what explains them. */
const blockLines = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].flatMap((block) =>
    (block[1] as string)
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/ {2,}.*/, '')),
  );
const inlineCode = (text: string): string[] =>
  [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] as string);

describe('the README', () => {
  let folder: string | undefined;
  let end: (() => Promise<unknown>) | undefined;

  afterEach(async () => {
    await end?.();
    if (folder !== undefined)
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  it('names only commands and options that there are', () => {
    const words = [...blockLines(readme, 'sh'), ...blockLines(readme, ''), ...inlineCode(readme)]
      .filter((line) => /^homerun [a-z]/.test(line))
      .map((line) => line.replace(/^homerun /, '').split(/\s+/));
    expect(words.length).toBeGreaterThan(20);
    for (const [name, ...rest] of words) {
      const command = commands.find((each) => each.name === name);
      expect(command, `homerun ${name}`).toBeDefined();
      for (const flag of rest.filter((word) => /^--?[a-z]/.test(word) && word !== '--help')) {
        const flags = command?.options.flatMap((option) => option.flags.split(/[ ,]+/));
        expect(flags, `homerun ${name} ${flag}`).toContain(flag);
      }
    }
  });

  it.skipIf(!needs('runsvdir', 'runsv', 'sv', 'svlogd'))(
    'is followed in an empty home folder, and each command does what it says',
    async () => {
      const home = mkdtempSync(join(tmpdir(), 'homerun-readme-'));
      folder = home;
      const env = {
        HOME: home,
        USER: 'newcomer',
        LANG: 'C.UTF-8',
        // An editor that changes nothing; and sv is patient on a busy machine.
        EDITOR: 'true',
        SVWAIT: '60',
        PATH: `${join(home, '.local/bin')}:${process.env.PATH}`,
      };
      /** Runs a line in a clone, as a person types it, but without a terminal: nothing is asked. */
      const type = (line: string, codes: readonly number[] = [0]): Promise<string> =>
        new Promise((done, failed) => {
          const child = spawn('sh', ['-c', line], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
          let said = '';
          for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding('utf8').on('data', (text: string) => {
              said += text;
            });
          }
          child.on('error', failed);
          // Not `exit`: what it has written may not be read yet then.
          child.on('close', (code) => {
            if (code !== null && codes.includes(code)) done(said);
            else failed(new Error(`${line}: exit ${code}\n${said}`));
          });
        });

      const [start, link, ...others] = blockLines(section('Two commands'), 'sh');
      // It builds anew what other tests are using; scripts/start.mjs has a test of its own.
      expect(start).toBe('npm start');
      await type(link as string);
      expect(others).toEqual(['homerun init', 'homerun add-service']);
      await type('homerun init');

      const steps = section("The document's way, by hand and with homerun")
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .flatMap((row) => inlineCode(row.split('|')[3] as string))
        .filter((line) => line !== 'homerun init');
      expect(steps).toContain('homerun add-service newtest --template newtest');
      const made = await type('homerun add-service newtest --template newtest');
      expect(made).toMatch(/newtest/);
      end = () => type('homerun down').catch(() => {});
      expect(await type('homerun up')).toMatch(/The supervisor of ~\/service_gui runs, process \d+\./);

      // sv says nothing of what it was told, and does not wait.
      for (const [line, state] of [
        ['svl status newtest', 'run'],
        ['svl down newtest', 'down'],
        ['svl up newtest', 'run'],
      ] as const) {
        expect(readme).toContain(`\`${line}\``);
        await type(line);
        await until(`${line}: ${state}`, async () =>
          (await type('svl status newtest')).startsWith(`${state}: newtest: `),
        );
      }
      expect(await type('homerun status')).toMatch(/newtest +run +yes/);
      const left = steps.filter(
        (line) =>
          // Done above; or they go on, or ask, until somebody ends them.
          !['homerun up', 'homerun add-service newtest --template newtest'].includes(line) &&
          !/ -f$|--brute-force|--dry-run|--help/.test(line),
      );
      const daily = blockLines(section('Every day'), '')
        .filter((line) => line !== '' && !/^homerun (?:top|undo)$/.test(line))
        .map((line) => line.replace(/ -f$/, '').replaceAll('mpd', 'newtest'));
      expect(daily.length).toBeGreaterThan(4);
      // What else runs on this machine may give doctor something to say: then it exits 1.
      for (const line of [...left, ...daily]) await type(line, /^homerun doctor/.test(line) ? [0, 1] : [0]);
      // On a terminal it asks.
      expect(await type('homerun undo --yes')).toMatch(/^Taken back: /);
      expect(await type('homerun down')).toContain('are down.');
    },
    400_000,
  );

  it.skipIf(!needs('runsvdir', 'runsv', 'sv', 'svlogd'))(
    'is followed by hand, and init takes over what that has made while it runs',
    async () => {
      const home = makeHome();
      try {
        const [block] = section("The document's way, by hand and with homerun").split('```bash\n').slice(1);
        const typed = (block as string).slice(0, (block as string).indexOf('```'));
        expect(home.run('sh', '-c', `{\n${typed}\n} >made 2>&1`).code).toBe(0);
        const status = (): string => home.run(`${home.path}/bin/svl`, 'status', 'newtest').stdout;
        await until('newtest runs', () => status().startsWith('run: newtest: '));
        expect(readFileSync(join(home.path, 'made'), 'utf8')).toBe('');
        const init = home.homerun('init', '--session', 'none', '--engine', 'system');
        expect(init.stdout).toContain(
          'Note: ~/service_gui is used as it is, with its service: a runsvdir runs on it.\n',
        );
        // What runs is not touched: that it runs by the old runner on is said.
        expect(init.stdout).toMatch(
          /\n {2}homerun down; homerun up +starts everything anew, by the new runner\n/,
        );
        expect(home.homerun('status').stdout).toMatch(/newtest +run +yes/);
        expect(home.homerun('down')).toMatchObject({
          code: 0,
          stdout: expect.stringContaining(' are down.'),
        });
        // What runs ends with what is taken away, and that is said.
        expect(home.homerun('up').code).toBe(0);
        expect(home.homerun('uninstall').stdout).toMatch(
          /^The supervisor of ~\/service_gui and every service are down\.\n[\s\S]*What init made is gone\.\n$/,
        );
      } finally {
        home.remove();
      }
    },
  );
});
