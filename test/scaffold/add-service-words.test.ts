/** What a person types becomes words of a script, and never more than words. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameProblem } from '../../src/scaffold/add-service.ts';
import { checkAnswer } from '../../src/scaffold/answers.ts';
import { correctForeground, forbiddenFlags, unsupervisable } from '../../src/scaffold/foreground.ts';
import type { Question } from '../../src/scaffold/template.ts';
import { formatWord, readCommand, readWords, type Word } from '../../src/scaffold/typed-command.ts';
import { alwaysQuoted, shellWord } from '../../src/shell/words.ts';
import { catalogFor } from '../templates/rendered.ts';

const { rules } = catalogFor('/home/slitt');

/** The command line as it would stand in a script. */
function shown(words: readonly Word[]): string {
  return words.map(formatWord).join(' ');
}

function words(line: string): readonly Word[] {
  const read = readCommand(line);
  if (!read.ok) throw new Error(read.why);
  return read.command.words;
}

describe('a value in a script', () => {
  it('is one word with the very same bytes, whatever is typed', () => {
    const nasty = fc.string({ unit: fc.constantFrom(...'a \'"$`\\!;|&<>*?[]{}()~#=-\téß\n') });
    const values = fc
      .sample(fc.array(nasty, { minLength: 1, maxLength: 4 }), { numRuns: 150, seed: 5 })
      .flat();
    for (const quoted of [values.map(shellWord), values.map((value) => formatWord([{ literal: value }]))]) {
      const script = quoted.map((each) => `printf '%s\\0' ${each}`).join('\n');
      for (const shell of ['dash', 'bash']) {
        const out = spawnSync(shell, ['-c', script], { encoding: 'utf8' }).stdout;
        expect(out.split('\0').slice(0, -1)).toEqual(values);
      }
    }
  });

  it('stands in double quotes in log/run, in single quotes where those would not hold', () => {
    expect(['/a b/c', "/it's", '/$x', '/a"b'].map(alwaysQuoted)).toEqual([
      '"/a b/c"',
      '"/it\'s"',
      "'/$x'",
      "'/a\"b'",
    ]);
  });
});

describe('a typed command', () => {
  it.each([
    ["mpd '/home/s l/mpd.conf'", "mpd '/home/s l/mpd.conf'"],
    ['a "b c" d\\ e', "a 'b c' 'd e'"],
    ['~/bin/x --dir ~ $HOME/y "${USER}x"', '"$HOME/bin/x" --dir "$HOME" "$HOME/y" "${USER}x"'],
    ["'; touch /tmp/x; '", "'; touch /tmp/x; '"],
    ['x "a;b|c&d>e"', "x 'a;b|c&d>e'"],
    ['exec nohup setsid x -a', 'x -a'],
    ['x -a 2>&1 &', 'x -a'],
    [`sh -c 'nohup x -a "$HOME/y" &'`, 'x -a "$HOME/y"'],
    [`bash -c 'x; y'`, `bash -c 'x; y'`],
    [`cd /a && sh -c 'cd b && x'`, `sh -c 'cd b && x'`],
    ['x ""', "x ''"],
    ['x a=b --c=d', "x 'a=b' --c=d"],
  ])('%s is %s', (line, expected) => {
    expect(shown(words(line))).toBe(expected);
  });

  it('keeps variables and a leading cd apart', () => {
    const read = readCommand("cd '/srv/my dir' && LANG=C  TZ=UTC ./loop -v");
    expect(read).toEqual({
      ok: true,
      command: {
        words: [[{ literal: './loop' }], [{ literal: '-v' }]],
        assignments: [
          ['LANG', 'C'],
          ['TZ', 'UTC'],
        ],
        directory: [{ literal: '/srv/my dir' }],
        remarks: [],
      },
    });
  });

  it.each([
    ['tail -f x | wob', /pipeline/],
    ['a; b', /list of commands/],
    ['a && b', /list of commands|background/],
    ['a > /tmp/log', /redirections are not needed/],
    ['a $(b)', /script of its own/],
    ['a `b`', /command substitution/],
    ['a *.txt', /patterns/],
    ['a "b', /not closed/],
    ["a 'b", /not closed/],
    ['a \\', /backslash/],
    ['', /names no program/],
    ['FOO=bar', /names no program/],
    ['sudo x', /asks for a password/],
    ['a\nb', /line end/],
    ['a # b', /comment/],
    ['a $1', /expansion/],
    ['FOO=$HOME/x a', /^FOO: its value is kept in a file/],
  ])('%s is refused', (line, why) => {
    expect(readCommand(line)).toEqual({ ok: false, why: expect.stringMatching(why) });
  });

  it('never gives a shell more than words, whatever is typed', () => {
    const typed = fc.string({ unit: fc.constantFrom(...'ab \'"$`\\;|&<>*(){}~#=-HOME') });
    fc.assert(
      fc.property(typed, (line) => {
        const read = readWords(line);
        if (!read.ok) return;
        // Each word comes out of the reader as it went in: literal text and variables only.
        for (const each of read.words) {
          const again = readWords(formatWord(each));
          expect(again).toEqual({ ok: true, words: [each.length === 0 ? [] : expect.anything()] });
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('a shell in front', () => {
  const remarks = (line: string): readonly string[] | string => {
    const read = readCommand(line);
    return read.ok ? read.command.remarks : read.why;
  };

  it('is left out where it has one program to start, and otherwise told that sv signals only the shell', () => {
    expect(remarks("/bin/sh -c 'x -a'")).toEqual([
      '"/bin/sh -c" is left out: the run script starts the program itself',
    ]);
    expect(remarks("sh -c 'x; y | z'")).toEqual([
      'sv signals sh only, and what it started would be left behind: let its last command begin with exec, or put the lines into a script of their own',
    ]);
    expect(remarks("sh -c 'x; exec y'")).toEqual([]);
  });

  it('keeps the variables and the directory that stand in its command', () => {
    expect(readCommand("A=1 sh -c 'cd /d && B=2 x'")).toMatchObject({
      ok: true,
      command: {
        directory: [{ literal: '/d' }],
        assignments: [
          ['A', '1'],
          ['B', '2'],
        ],
        words: [[{ literal: 'x' }]],
      },
    });
  });
});

describe('the foreground', () => {
  it.each([
    ['pulseaudio', 'pulseaudio --exit-idle-time=-1 --daemonize=no'],
    ['pulseaudio -D', 'pulseaudio --exit-idle-time=-1 --daemonize=no'],
    ['pulseaudio --daemonize=no --exit-idle-time=-1', 'pulseaudio --daemonize=no --exit-idle-time=-1'],
    ['/usr/bin/emacs --daemon', '/usr/bin/emacs --fg-daemon'],
    ['syncthing serve', 'syncthing serve --no-restart --no-browser'],
    ['syncthing cli show', 'syncthing cli show'],
    ['ssh -fNT -L 1:h:2 host', 'ssh -NT -L 1:h:2 host'],
    ['ssh -L 1:file:2 host', 'ssh -L 1:file:2 host'],
    ['screen -d -m top', 'screen -D -m top'],
    ['fetchmail -d 180', 'fetchmail --nodetach -d 180'],
    ['fetchmail -N -d 180', 'fetchmail -N -d 180'],
    ['ssh-agent', 'ssh-agent -D'],
    ['aria2c -D', 'aria2c --enable-rpc'],
    ['deluged -d', 'deluged -d'],
    ['python3 x.py', 'python3 -u x.py'],
    ['redis-server a.conf --daemonize yes', 'redis-server a.conf --daemonize no'],
    ['tor RunAsDaemon 1', 'tor RunAsDaemon 0'],
    ['conky -b', 'conky -b'],
    ['sleep 9', 'sleep 9'],
  ])('%s becomes %s', (line, expected) => {
    const corrected = correctForeground(words(line), rules);
    const sorted = (text: string) => text.split(' ').sort();
    expect(sorted(shown(corrected.words))).toEqual(sorted(expected));
    expect(corrected.remarks.length === 0).toBe(sorted(line).join() === sorted(expected).join());
  });

  it('is kept by every correction: a second one finds nothing', () => {
    for (const rule of rules) {
      const flags = Object.keys(rule.never ?? {}).flatMap((flag) => flag.split(' '));
      const line = [rule.program, ...(rule.subcommand === undefined ? [] : [rule.subcommand]), ...flags];
      const once = correctForeground(
        line.map((each) => [{ literal: each }]),
        rules,
      );
      expect({ rule: rule.program, ...correctForeground(once.words, rules) }).toEqual({
        rule: rule.program,
        words: once.words,
        remarks: [],
      });
    }
  });

  it('finds forbidden flags among further arguments', () => {
    expect(forbiddenFlags('dunst', words('x -D').slice(1), rules)).toEqual([]);
    expect(forbiddenFlags('picom', words('x -b').slice(1), rules).map((each) => each.flag)).toEqual(['-b']);
  });

  it('tells what cannot be supervised at all', () => {
    expect(unsupervisable(words('gpg-agent --daemon'))).toMatch(/gpg starts it by itself/);
    expect(unsupervisable(words('dunst'))).toBeNull();
  });
});

describe('a name', () => {
  it.each([
    ['newtest', undefined],
    ['-x', undefined],
    ['Grüße', undefined],
    ['', /empty/],
    ['.x', /dot/],
    ['a/b', /slash/],
    ['a b', /white space/],
    ['a\u00a0b', /white space/],
    ['a\u0007', /control character/],
    ['a\n', /control character/],
    ['x'.repeat(256), /255/],
  ])('%j', (name, why) => {
    const problem = nameProblem(name);
    if (why === undefined) expect(problem).toBeUndefined();
    else expect(problem).toMatch(why);
  });
});

describe('an answer', () => {
  const places = { home: '/home/slitt', isFile: (path: string) => path === '/f', isDirectory: () => false };
  const ask = (question: Partial<Question>, typed: string) => {
    const checked = checkAnswer(
      { key: 'k', message: 'm', kind: 'text', ...question } as Question,
      typed,
      places,
    );
    return checked.ok ? checked.value : `no: ${checked.why}`;
  };
  it('is checked by its kind', () => {
    expect([
      ask({ kind: 'number', min: 1, max: 5 }, '3'),
      ask({ kind: 'number', min: 1, max: 5 }, '9'),
      ask({ kind: 'number' }, '3; rm'),
      ask({ kind: 'yes-no' }, 'Yes'),
      ask({ kind: 'yes-no' }, 'perhaps'),
      ask({ kind: 'path' }, '~/x/'),
      ask({ kind: 'path' }, 'x/../y'),
      ask({ kind: 'path', exists: 'file' }, '/f'),
      ask({ kind: 'path', exists: 'file' }, '/g'),
      ask({ kind: 'path' }, ''),
      ask({ kind: 'path', optional: true }, ''),
      ask({ pattern: '[a-z]+', expected: 'small letters' }, 'aB'),
      ask({}, 'a\u001bb'),
    ]).toEqual([
      3,
      'no: 9 is more than 5',
      'no: "3; rm" is no number',
      true,
      'no: "perhaps" is neither yes nor no',
      '/home/slitt/x',
      '/home/slitt/y',
      '/f',
      'no: /g is not there, or is no file',
      'no: it is empty',
      '',
      'no: "aB" is not small letters',
      'no: it holds a control character or a line end',
    ]);
  });
});
