import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { completionScript, SHELLS } from '../../src/cli/completion-scripts.ts';
import type { Context } from '../../src/cli/context.ts';
import { manualPages } from '../../src/cli/manual.ts';
import { runProgram } from '../../src/cli/program.ts';
import { commands } from '../../src/cli/registry.ts';
import { CONTROLS } from '../../src/supervisor/core/control.ts';
import { SV_VERBS } from '../../src/supervisor/core/sv-command.ts';
import { ROOT } from '../setup/home.ts';
import { needs } from '../setup/needs.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const pages = manualPages(commands, version);
const RUNIT = ['runsvdir.8', 'runsv.8', 'sv.8', 'svlogd.8', 'chpst.8'];
const plain = (page: string): string =>
  readFileSync(join(ROOT, 'man', page), 'utf8')
    .replaceAll('\\-', '-')
    .replace(/\\f[BRI]/g, '');

describe('the commands', () => {
  it('each have a summary, and an example where they take words or options', () => {
    for (const command of commands) {
      expect(command.summary, command.name).not.toBe('');
      expect(command.examples.length, command.name).toBeGreaterThan(0);
    }
    expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
  });

  it("are sv's verbs too, by word and letter", () => {
    const names = new Set(commands.map(({ name }) => name));
    for (const verb of SV_VERBS) {
      expect(names.has(verb.name), verb.name).toBe(true);
      for (const letter of verb.letters ?? '') expect(names.has(letter), letter).toBe(true);
    }
  });
});

describe('options', () => {
  it('are the same in --help, in the manual page and in the completion of each shell', async () => {
    vi.stubGlobal('HOMERUN_VERSION', version);
    const scripts = SHELLS.map((shell) =>
      completionScript(shell, commands, 'svl').replaceAll("'\\\\''", "'"),
    );
    for (const command of commands) {
      const printed: string[] = [];
      const out = (text: string): void => void printed.push(text);
      const context = { out, err: () => {} } as unknown as Context;
      expect(await runProgram([command.name, '--help'], context)).toBe(0);
      const help = printed.join('');
      const listed = help.slice(help.indexOf('\nOptions:'), `${help}\nExamples:`.indexOf('\nExamples:'));
      const flags = [...listed.matchAll(/^ {2}(-[^ ].*?)(?: {2}|$)/gm)].map((match) => match[1]);
      const own = command.options.map((option) => option.flags);
      expect(flags, command.name).toEqual([...own, '-h, --help']);
      const page = pages
        .get(`homerun-${command.name}.1`)
        ?.replaceAll('\\-', '-')
        .replace(/\\f[BRI]/g, '');
      for (const name of own.flatMap((each) => each.match(/(?<=^|, )--?[\w-]+/g) ?? [])) {
        if (page !== undefined) expect(page, command.name).toContain(name);
        for (const [index, script] of scripts.entries()) {
          const flag =
            SHELLS[index] !== 'fish'
              ? name
              : name.startsWith('--')
                ? `-l ${name.slice(2)} `
                : `-s ${name.slice(1)} `;
          expect(script, `${SHELLS[index]}: ${command.name}`).toContain(flag);
        }
      }
    }
    vi.unstubAllGlobals();
  });
});

describe('homerun', () => {
  it('works from a directory that has been removed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'homerun-gone-'));
    const script = 'rmdir "$1" && exec "$2" --version';
    expect(
      execFileSync('sh', ['-c', script, 'sh', folder, join(ROOT, 'bin/homerun')], {
        cwd: folder,
        encoding: 'utf8',
      }),
    ).toBe(`${version}\n`);
  });
});

describe('the manual pages', () => {
  it("are in step with the commands' records (scripts/man.mjs writes them)", () => {
    for (const [name, text] of pages) expect(readFileSync(join(ROOT, 'man', name), 'utf8'), name).toBe(text);
  });

  it('of the runit programs name every verb, control letter and option', () => {
    const sv = plain('sv.8');
    for (const { name } of SV_VERBS) expect(sv, name).toMatch(new RegExp(`\\b${name}\\b`));
    const runsv = plain('runsv.8');
    for (const { letter } of CONTROLS)
      expect(runsv, letter).toMatch(new RegExp(`^\\.TP\\n\\.B ${letter}$`, 'm'));
    const chpst = plain('chpst.8');
    for (const option of 'uUbe/nlLmdopfcrtvP012') expect(chpst, option).toContain(`-${option}`);
    const svlogd = plain('svlogd.8');
    for (const option of ['-t', '-tt', '-ttt', '-v', '-r', '-R', '-l', '-b'])
      expect(svlogd).toContain(option);
    for (const setting of ['s', 'n', 'N', 't', '!', 'u', 'U', 'p', '+', 'e', 'E']) {
      expect(svlogd, setting).toMatch(new RegExp(`^\\.(B|BI|BR) (?:.*[ "])?[${setting}]`, 'm'));
    }
    for (const option of ['-P', '--shared']) expect(plain('runsvdir.8')).toContain(option);
  });

  it.skipIf(!needs('man', 'groff'))('are rendered without a warning', () => {
    const warnings = (program: string, ...args: string[]): string =>
      execFileSync('/bin/sh', ['-c', '"$0" "$@" 2>&1 >/dev/null', program, ...args], {
        env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80' },
        encoding: 'utf8',
      });
    const files = [...pages.keys(), ...RUNIT].map((name) => join(ROOT, 'man', name));
    // What `man --warnings` does with each, in one go.
    expect(warnings('groff', '-mandoc', '-wmac', '-Tutf8', '-Kutf8', '-z', ...files)).toBe('');
    expect(warnings('man', '--warnings', '-E', 'UTF-8', '-l', join(ROOT, 'man/sv.8'))).toBe('');
  });
});

describe('completion', () => {
  it('scripts are in step with the records', () => {
    const files = { bash: 'homerun.bash', zsh: '_homerun', fish: 'homerun.fish' };
    for (const shell of SHELLS) {
      expect(readFileSync(join(ROOT, 'completions', files[shell]), 'utf8'), shell).toBe(
        completionScript(shell, commands, 'svl'),
      );
    }
  });

  it('scripts are for the control script by its own name', () => {
    for (const shell of SHELLS) {
      const own = completionScript(shell, commands, 'mysv');
      expect(own, shell).toContain('mysv');
      expect(own.replaceAll('mysv', 'svl'), shell).toBe(completionScript(shell, commands, 'svl'));
    }
  });

  it.skipIf(!needs('bash', 'zsh', 'fish'))('scripts are read by their shells', () => {
    for (const [shell, file] of [
      ['bash', 'homerun.bash'],
      ['zsh', '_homerun'],
      ['fish', 'homerun.fish'],
    ] as const) {
      execFileSync(shell, ['-n', join(ROOT, 'completions', file)], { stdio: 'pipe' });
    }
  });
});
