/** The reader beside a real shell: the same words, and no doubt about what the shell takes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCommands } from '../../src/shell/commands.ts';
import { expandFields, type Lookup } from '../../src/shell/expand.ts';
import { readStatements } from '../../src/shell/statements.ts';
import { readScript } from '../../src/shell/syntax.ts';
import { readTokens } from '../../src/shell/tokens.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'homerun-dash-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** No PATH: nothing but the shell itself is ever started. */
const VARIABLES: Readonly<Record<string, string>> = { HOME: '/h o', X: ' v  w', Y: '', Z: 'z' };
const lookup: Lookup = (name) => VARIABLES[name];

/** What one dash prints that gets all texts as its words, cut at the byte 3. `command eval` survives what is no script. */
function dash(script: string, texts: readonly string[]): string[] {
  const ran = spawnSync('/bin/dash', ['-c', `for text; do\n${script}\ndone`, 'dash', ...texts], {
    cwd: folder,
    env: { ...VARIABLES, PATH: '' },
    encoding: 'utf8',
  });
  return ran.stdout.split('\x03').slice(0, -1);
}

/** What dash makes of each line's words; null where it says that it is none. */
function dashWords(lines: readonly string[]): (string[] | null)[] {
  const script = `command eval "words() { printf '%s\\001' $text
}" 2>/dev/null && set -- && command eval "set -- $text" && { for word; do printf '%s\\001' "$word"; done; printf '\\002'; }
  printf '\\003'`;
  return dash(script, lines).map((each) =>
    each.endsWith('\x02') ? each.slice(0, -1).split('\x01').slice(0, -1) : null,
  );
}

/** Those that dash takes for scripts. Nothing of them is run. */
function dashTakes(texts: readonly string[]): string[] {
  return dash(`command eval "unused() {\n:\n$text\n}" 2>/dev/null && printf '%s\\003' "$text"`, texts);
}

/** The fields of a line of plain words; null when it is more, or when only a shell could tell. */
function ownWords(line: string): string[] | null {
  const { tokens, unfinished } = readTokens(line);
  if (unfinished !== null) return null;
  const fields = tokens.map((token) => (token.kind === 'word' ? expandFields(token, lookup) : null));
  return fields.every((each) => each !== null) ? fields.flat() : null;
}

describe('words', () => {
  const characters = fc.string({ unit: fc.constantFrom(...'ab~=:/ \t"\'\\$X{}`#!-+*'), maxLength: 14 });
  const pieces = fc
    .array(
      fc.constantFrom(
        ...['a', ' ', 'b c', '"', "'", '\\', '$X', '${X}', '"$X"', '${Y:-d e}', '"${Y-n}${Y:-"q r"}"', '$Y'],
        ...[
          '~',
          '~/',
          ':',
          '=',
          "'x y'",
          '"x\\"y"',
          '\\\n',
          '#',
          '$Z',
          '${Z:+p}',
          '"${N:-$Z}"',
          '${N-}',
          '""',
        ],
        ...['\n', '\t', '$', '{', '}', '\\$', 'é', '\u00a0', '\r', '"a\\b"', '!'],
      ),
      { maxLength: 7 },
    )
    .map((each) => each.join(''));

  it.each([
    ['of characters', characters, 2000],
    ['of pieces', pieces, 3000],
  ])('%s are those of dash', (_, lines, count) => {
    const sample = [...new Set(fc.sample(lines, { numRuns: count, seed: 20261129 }))];
    const known = sample.flatMap((line) => {
      const words = ownWords(line);
      return words === null ? [] : [{ line, words }];
    });
    // Most are known: the others hold patterns, substitutions or half a quote.
    expect(known.length).toBeGreaterThan(sample.length / 4);
    const shell = dashWords(known.map(({ line }) => line));
    const different = known.flatMap(({ line, words }, index) =>
      JSON.stringify(words) === JSON.stringify(shell[index]) ? [] : [{ line, words, dash: shell[index] }],
    );
    expect(different).toEqual([]);
  });

  it('with half a quote are none for dash either', () => {
    const sample = fc.sample(characters, { numRuns: 1500, seed: 7 }).filter((line) => {
      const { unfinished } = readTokens(line);
      // dash takes a backslash at the end as it is.
      return unfinished !== null && unfinished !== '\\';
    });
    expect(sample.length).toBeGreaterThan(100);
    expect(dashWords(sample).filter((each) => each !== null)).toEqual([]);
  });
});

/** A script and the commands in it, in order, with what they stand in. */
interface Made {
  readonly text: string;
  readonly commands: readonly {
    readonly word: string;
    readonly inside: readonly string[];
    readonly piped: boolean;
  }[];
}

/** Scripts of every construct; each simple command is a word of its own. */
function scripts(): fc.Arbitrary<Made> {
  const within = (kind: string | null, made: readonly Made[]): Made['commands'] =>
    made.flatMap((each) =>
      each.commands.map((command) => ({
        ...command,
        inside: kind === null ? command.inside : [kind, ...command.inside],
      })),
    );
  const simple = fc
    .tuple(
      fc.constantFrom('', 'A=1 ', 'A="b c" B=$(d; e) ', '>f ', "C='\n' "),
      fc.constantFrom('c1', 'c2', '"c 3"', 'c\\4'),
      fc.constantFrom(
        ...[
          '',
          ' a',
          ' "$(case x in (y) z ;; esac)"',
          " 'if'",
          ' done',
          ' 2>&1',
          ' >>"f g" <h',
          ' a#b',
          ' `i \\`k l\\` j`',
        ],
        ...[' ${K:-"}"}', " # it's", ' $((1<<2))', ' \\\n -x', ' {} }', ' <<E\nfi\n)\nE'],
      ),
    )
    .map(([before, word, after]): Made => {
      const needsLine = /#|<<E/.test(after) && !after.includes('a#b') && !after.includes('$((');
      return {
        text: `${before}${word}${after}${needsLine ? '\n' : ''}`,
        commands: [{ word: word.replace(/["\\]/g, ''), inside: [], piped: false }],
      };
    });
  const { script } = fc.letrec<{ script: Made; command: Made }>((tie) => ({
    script: fc
      .array(fc.tuple(tie('command'), fc.constantFrom(';', '\n', ' &\n', '\n# fi\n\n')), {
        minLength: 1,
        maxLength: 3,
      })
      .map(
        (each): Made => ({
          text: each
            .map(([made, end]) => (/\n$/.test(made.text) && end !== '\n' ? made.text : `${made.text}${end}`))
            .join(''),
          commands: each.flatMap(([made]) => made.commands),
        }),
      ),
    command: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      simple,
      fc.tuple(tie('script'), tie('script')).map(
        ([a, b]): Made => ({
          text: `if ${a.text} then ${b.text} fi`,
          commands: within('if', [a, b]),
        }),
      ),
      fc.tuple(tie('script'), tie('script'), tie('script')).map(
        ([a, b, c]): Made => ({
          text: `if ${a.text}then\n${b.text}else ${c.text}fi`,
          commands: within('if', [a, b, c]),
        }),
      ),
      fc.tuple(fc.constantFrom('while', 'until'), tie('script'), tie('script')).map(
        ([word, a, b]): Made => ({
          text: `${word} ${a.text} do ${b.text} done`,
          commands: within(word, [a, b]),
        }),
      ),
      tie('script').map(
        (a): Made => ({
          text: `for i in "x y" $z; do ${a.text} done >f`,
          commands: within('for', [a]),
        }),
      ),
      fc.tuple(tie('script'), tie('script')).map(
        ([a, b]): Made => ({
          text: `case $x in a|"b)") ${a.text}\n;; (*) ${b.text}\nesac`,
          commands: within('case', [a, b]),
        }),
      ),
      tie('script').map((a): Made => ({ text: `( ${a.text} )`, commands: within('(', [a]) })),
      tie('script').map((a): Made => ({ text: `{ ${a.text} } 2>&1`, commands: within('{', [a]) })),
      tie('script').map((a): Made => ({ text: `f() {\n${a.text} }`, commands: within('{', [a]) })),
      fc.tuple(simple, fc.constantFrom('&&', '||'), tie('command')).map(
        ([a, operator, b]): Made => ({
          text: `${a.text.endsWith('\n') ? 'c5' : a.text} ${operator}\n${b.text}`,
          commands: [
            ...(a.text.endsWith('\n') ? [{ word: 'c5', inside: [], piped: false }] : a.commands),
            ...b.commands,
          ],
        }),
      ),
      tie('command').map(
        (b): Made => ({
          text: `c6 | ( ${b.text}\n)`,
          commands: [
            { word: 'c6', inside: [], piped: false },
            ...within('(', [b]).map((each) => ({ ...each, piped: true })),
          ],
        }),
      ),
    ),
  }));
  return script;
}

describe('scripts', () => {
  const sample = fc.sample(scripts(), { numRuns: 120, seed: 20261129 });

  it('are read with all their commands, and where each stands', () => {
    expect(dashTakes(sample.map(({ text }) => text))).toHaveLength(sample.length);
    for (const { text, commands } of sample) {
      expect(readScript(text).problem, text).toBeNull();
      const read = readCommands(text).map(({ words, inside, piped }) => ({
        word: words[0]?.text,
        inside,
        piped,
      }));
      expect(read, text).toEqual(commands);
    }
  });

  it('may have a line put between two statements', () => {
    const parts = sample.map(({ text }) => {
      const lines = text.split('\n');
      const statements = readStatements(text) ?? [];
      const starts = statements
        .filter(({ first }, index) => index === 0 || (statements[index - 1]?.last as number) < first)
        .map(({ first }) => first);
      for (const first of starts.reverse()) lines.splice(first - 1, 0, 'put "$(inner)" <<PUT\n)\nPUT');
      return { made: lines.join('\n'), text, count: starts.length };
    });
    expect(dashTakes(parts.map(({ made }) => made))).toHaveLength(parts.length);
    for (const { made, text, count } of parts) {
      const words = readCommands(made).map(({ words }) => words[0]?.text);
      expect(words.filter((word) => word === 'put')).toHaveLength(count);
      expect(words.filter((word) => word !== 'put')).toEqual(
        readCommands(text).map(({ words }) => words[0]?.text),
      );
    }
  });

  it('that dash takes are understood, whatever they look like', () => {
    const soup = fc
      .array(
        fc.constantFrom(
          ...[
            'if a',
            'then',
            'else',
            'fi',
            'while b',
            'do',
            'done',
            'case c in',
            'esac',
            ';;',
            'd)',
            '(e)',
            'for f',
          ],
          ...[
            'in',
            'g()',
            '{',
            '}',
            '(',
            ')',
            ';',
            '\n',
            '&',
            '&&',
            '|',
            '!',
            '>h',
            "'",
            '"',
            '$(',
            '`',
            '# i',
          ],
        ),
        { minLength: 1, maxLength: 6 },
      )
      .map((each) => each.join(' '));
    const texts = [...new Set(fc.sample(soup, { numRuns: 2500, seed: 3 }))];
    const odd = texts.filter((text) => readScript(text).problem !== null);
    expect(texts.length - odd.length).toBeGreaterThan(100);
    // What closes the function that it is put into is no script of its own.
    const taken = dashTakes(odd).filter((text) => dashTakes([`{\n:\n${text}\n}`]).length > 0);
    expect(taken).toEqual([]);
  });
});
