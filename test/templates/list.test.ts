/** homerun templates: what there is, in groups, narrowed by a word. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { run } from '../../src/cli/run/templates.ts';
import { createContext } from '../../src/system/node/context.ts';

async function templates(words: readonly string[], json = false, columns?: number) {
  let out = '';
  let err = '';
  const home = '/nonexistent/home';
  const context: Context = {
    ...createContext(),
    places: { home, user: 'slitt', env: {} },
    installation: resolve('.'),
    terminal: columns !== undefined,
    columns: columns ?? 80,
    colours: { bold: String, dim: String, red: String, green: String, yellow: String, cyan: String },
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  };
  const code = await run(context, { words, options: json ? { json } : {} });
  return { code, out, err };
}

describe('the list of templates', () => {
  it('has the building blocks first, and no line longer than the terminal is wide', async () => {
    const { code, out, err } = await templates([], false, 60);
    expect([code, err, out.split('\n')[0]]).toEqual([0, '', 'building blocks']);
    expect(out.split('\n').filter((line) => [...line].length > 60)).toEqual([]);
    expect(out).toMatch(/\n {2}loop {17}Runs a program that does its work and\n {23}ends, sleeps,/);
  });

  it('is narrowed by a word of the name, the title, the description or the group', async () => {
    const { code, out } = await templates(['clipboard'], true);
    const listed = (JSON.parse(out) as { templates: { name: string }[] }).templates.map((each) => each.name);
    expect([code, listed]).toEqual([0, ['clipmenud', 'cliphist', 'copyq', 'greenclip', 'parcellite'].sort()]);
  });

  it('says so when no template has the word', async () => {
    expect(await templates(['xyzzy'])).toEqual({
      code: 1,
      out: '',
      err: 'homerun: no template has "xyzzy" in its name or description\nAll there are: homerun templates\n',
    });
  });
});
