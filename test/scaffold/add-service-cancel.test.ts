/**
 * Whoever leaves add-service at a question, whichever it is, finds the disk as it was: no byte, no time of a file has
 * changed. The keys of a real terminal are in test/e2e/add-service-wizard.test.ts; here it is every question.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import type * as PromptsModule from '../../src/cli/prompts.ts';
import { run as addService } from '../../src/cli/run/add-service.ts';
import { defaultLayout, formatLayout } from '../../src/layout/layout.ts';
import { createContext } from '../../src/system/node/context.ts';

/** What is asked, and at which question the person leaves. */
const talk = vi.hoisted(() => ({ asked: [] as string[], leaveAt: 0, answer: 'sh -c :' }));

vi.mock('../../src/cli/prompts.ts', async (original) => {
  const real = await original<typeof PromptsModule>();
  const ask = (message: string): void => {
    talk.asked.push(message.split('\n')[0] as string);
    if (talk.asked.length > talk.leaveAt) throw real.cancelled();
  };
  const prompts: PromptsModule.Prompts = {
    intro: () => {},
    note: () => {},
    info: () => {},
    warn: () => {},
    outro: () => {},
    waiting: () => ({ stop: () => {} }),
    text: async ({ message, initial, placeholder, check }) => {
      ask(message);
      const answers = [initial, talk.answer, placeholder ?? ''];
      const good = answers.find((answer) => check?.(answer) === undefined);
      if (good === undefined) throw new Error(`${message}: ${check?.(initial)}`);
      return good;
    },
    select: async ({ message, initial }) => {
      ask(message);
      return initial;
    },
    search: async ({ message }) => {
      ask(message);
      return talk.answer as never;
    },
    confirm: async ({ message, initial }) => {
      ask(message);
      return initial;
    },
  };
  return { ...real, openPrompts: async () => prompts };
});

let home = '';
beforeEach(() => {
  home = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'homerun-cancel-')));
  const layout = defaultLayout({ home, user: 'slitt', env: {} }, { shell: '/bin/sh', engine: 'bundled' });
  for (const folder of ['.config/homerun', 'service_all', 'service_gui', '.local/state/homerun'])
    fs.mkdirSync(join(home, folder), { recursive: true });
  fs.writeFileSync(join(home, '.config/homerun/config.json'), formatLayout(layout));
  fs.writeFileSync(join(home, '.fetchmailrc'), '', { mode: 0o600 });
});
afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

/** Every path with its kind, mode, size and time of change to the nanosecond. */
function disk(): string[] {
  return ['', ...fs.readdirSync(home, { recursive: true, encoding: 'utf8' })].sort().map((path) => {
    const { mode, size, mtimeNs } = fs.lstatSync(join(home, path), { bigint: true });
    return `${path} ${mode.toString(8)} ${size} ${mtimeNs}`;
  });
}

async function leave(
  template: string,
  question: number,
): Promise<{ asked: readonly string[]; left: boolean }> {
  Object.assign(talk, { asked: [], leaveAt: question });
  const env = { HOME: home, PATH: process.env.PATH, USER: 'slitt' };
  const context: Context = {
    ...createContext(),
    identity: { ...createContext().identity, home, user: 'slitt' },
    env,
    places: { home, user: 'slitt', env },
    cwd: home,
    installation: resolve('.'),
    interactive: true,
    terminal: true,
    columns: 60,
    out: () => {},
    err: () => {},
  };
  const options = { template, log: true, enable: false };
  try {
    await addService(context, { words: [], options });
    return { asked: [...talk.asked], left: false };
  } catch (error) {
    expect(error).toMatchObject({
      code: 'cancelled',
      exitCode: 1,
      message: 'cancelled: nothing was changed',
    });
    return { asked: [...talk.asked], left: true };
  }
}

/** The templates that people begin with, and one with a list to choose from. */
const QUESTIONS: Readonly<Record<string, number>> = {
  newtest: 3,
  command: 4,
  loop: 5,
  interval: 5,
  fetchmail: 5,
  pulseaudio: 4,
  autocutsel: 3,
};

describe('leaving add-service', () => {
  for (const [template, count] of Object.entries(QUESTIONS)) {
    it(`at any question about ${template} changes nothing`, async () => {
      const before = disk();
      let last: readonly string[] = [];
      for (let question = 0; question < count; question++) {
        const { asked, left } = await leave(template, question);
        expect([asked.length, left], asked.join('\n')).toEqual([question + 1, true]);
        expect(disk(), `left at: ${asked.at(-1)}`).toEqual(before);
        last = asked;
      }
      expect(last.slice(-2)).toEqual(['Name of the service', expect.stringMatching(/^Make .*\?$/)]);
      // That was the last one: with it answered the service is made.
      expect((await leave(template, count)).left).toBe(false);
      expect(disk()).not.toEqual(before);
    });
  }
});
