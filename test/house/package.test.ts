/** What the package promises is there: its manual pages, and the commands and files that the README names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/registry.ts';

const described = JSON.parse(readFileSync('package.json', 'utf8')) as { man: string[]; files: string[] };
const readme = readFileSync('README.md', 'utf8');

describe('the package', () => {
  it('brings the manual page of each homerun command, and none that would hide a page of the system’s runit', () => {
    const pages = readdirSync('man').filter((name) => /^homerun.*\.1$/.test(name));
    expect(described.man.toSorted()).toEqual(pages.map((name) => `man/${name}`).toSorted());
  });

  it('has a README whose links and pictures lead somewhere', () => {
    const targets = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !/^https?:/.test(target));
    expect(targets.length).toBeGreaterThan(4);
    expect(targets.filter((target) => !existsSync(target))).toEqual([]);
  });

  it('has a README that names no command that is not there', () => {
    const known = new Set([...commands.map((command) => command.name), 'help']);
    const words = [...readme.matchAll(/(?:^|`|\$ )homerun ([a-z][a-z-]*)/gm)].map(
      ([, word]) => word as string,
    );
    // In prose `homerun` is a name: its verbs are no commands.
    const prose = new Set(['supervises', 'in', 'makes', 'differs', 'has', 'is']);
    expect(words.filter((word) => !known.has(word) && !prose.has(word))).toEqual([]);
  });
});
