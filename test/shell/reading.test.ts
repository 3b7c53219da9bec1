/** What scripts are read as: commands with where they stand, what they mean, their statements. */
import { describe, expect, it } from 'vitest';
import { readCommands, type SimpleCommand } from '../../src/shell/commands.ts';
import { type Meaning, readMeaning, svlogdDirectories } from '../../src/shell/meaning.ts';
import { readShebang, shellName } from '../../src/shell/shebang.ts';
import { readStatements } from '../../src/shell/statements.ts';
import { readScript } from '../../src/shell/syntax.ts';
import { readTokens } from '../../src/shell/tokens.ts';

const environment = { HOME: '/home/u', PATH: '/bin' };

function meaning(text: string): Meaning {
  return readMeaning(text, { cwd: '/s/x', environment });
}

/** What runs when the script is run. */
function topCommands(text: string): readonly SimpleCommand[] {
  return readCommands(text).filter((command) => command.inFunction === null);
}

function show(command: SimpleCommand | undefined): string {
  return [...(command?.assignments ?? []), ...(command?.words ?? [])].map((word) => word.text).join(' ');
}

function last(text: string): string {
  return show(topCommands(text).at(-1));
}

describe('the first line', () => {
  it('names the interpreter and its argument, through env as well', () => {
    const read = (text: string) => {
      const shebang = readShebang({ text });
      return [shebang.kind, shebang.interpreter, shebang.argument, shellName(shebang)];
    };
    expect(read('#!/usr/bin/env ksh\n')).toEqual(['script', '/usr/bin/env', 'ksh', 'ksh']);
    expect(read('#! /bin/sh -e\n')).toEqual(['script', '/bin/sh', '-e', 'sh']);
    expect(read('#!/usr/bin/env -S bash -e\n')).toEqual(['script', '/usr/bin/env', '-S bash -e', 'bash']);
    expect(read('echo hello\n')).toEqual(['none', '', '', '']);
  });

  it('may be behind a byte order mark or blanks, end like a DOS line, or be none of a binary', () => {
    expect(readShebang({ text: '\ufeff#!/bin/sh\n' }).junk).toBe('byte order mark');
    expect(readShebang({ text: '\n#!/bin/sh\n' }).junk).toBe('white space');
    expect(readShebang({ text: '#!/bin/sh\r\nexec a\r\n' }).crlf).toBe(true);
    expect(readShebang({ text: '', head: '7f454c46' }).kind).toBe('elf');
  });
});

describe('the commands of a script', () => {
  it('end behind comments, functions, here-documents and conditions', () => {
    expect(last('#!/bin/sh\nexec 2>&1\nexec daemon -f # foreground\n')).toBe('exec daemon -f');
    expect(last('#!/bin/sh\nstop() {\n  exec other\n}\ncat <<EOF\nexec no\nEOF\nexec yes\n')).toBe(
      'exec yes',
    );
    expect(last('#!/bin/sh\nif test -f x; then\n  exec a\nelse\n  exec b\nfi\n')).toBe('exec b');
    expect(last('case $1 in\n  a|b) exec one ;;\n  *) exec two ;;\nesac\n')).toBe('exec two');
    expect(last('exec one \\\n  two\n')).toBe('exec one two');
    expect(last('exec one\r\nexec two\r\n')).toBe('exec two');
    expect(last("x=$(case $y in a) echo 'b)';; esac # it's\n)\nexec z\n")).toBe('exec z');
    expect(last('cat <<E; exec a\nexec $(b\nE\n')).toBe('exec a');
    expect(last('a=(1 "2)" $(3))\n(( n << 2 ))\n[[ a < b && ( c > d ) ]] && exec e\n')).toBe('exec e');
    expect(last('for ((i=0; i<3; i++)); do a; done\nexec b "${x:-"}"}" c\n')).toBe('exec b ${x:-"}"} c');
    expect(last('trap "exit 0" TERM; exec a 2>&1 | b')).toBe('b');
    expect(last('# only a comment')).toBe('');
  });

  it('stand in functions, conditions and loops', () => {
    const commands = topCommands(
      '#!/bin/sh\non_usr1() {\n\tstop=1\n}\ntrap on_usr1 USR1\nwhile :; do work; sleep 1; done\n',
    );
    expect(commands.map((each) => each.words[0]?.text)).toEqual(['trap', ':', 'work', 'sleep']);
    expect(commands.map((each) => each.inside)).toEqual([[], ['while'], ['while'], ['while']]);
    expect(commands.map((each) => each.condition)).toEqual([false, true, false, false]);
    expect(commands.map((each) => each.line)).toEqual([5, 6, 6, 6]);
  });

  it('run only when others say so behind && and ||, in groups as well', () => {
    const conditional = (text: string) => readCommands(text).map((each) => [show(each), each.conditional]);
    expect(conditional('a && { b; c; }; d')).toEqual([
      ['a', false],
      ['b', true],
      ['c', true],
      ['d', false],
    ]);
    expect(conditional('{ a; }; ( b ) || c')).toEqual([
      ['a', false],
      ['b', false],
      ['c', true],
    ]);
  });

  it('read from a pipe, or run in the background, with all that they stand in', () => {
    const commands = readCommands('a | while read x; do b; done\n{ c; d; } &\ne');
    expect(commands.map((each) => [show(each), each.piped, each.background])).toEqual([
      ['a', false, false],
      ['read x', true, false],
      ['b', true, false],
      ['c', false, true],
      ['d', false, true],
      ['e', false, false],
    ]);
    const ends = topCommands('#!/bin/sh\npavucontrol &\nexec pulseaudio\n').map((command) => command.end);
    expect(ends).toEqual(['&', '\n']);
  });

  it('have redirections with their numbers', () => {
    const [command] = readCommands('A=1 b 2>&1 >>"c d" <e 3>|f >&- &>g {n}>h <<<i <<-"J K"\n\tJ K\n');
    expect(command?.redirections.map((each) => [each.descriptor, each.operator, each.target?.text])).toEqual([
      [2, '>&', '1'],
      [1, '>>', 'c d'],
      [0, '<', 'e'],
      [3, '>|', 'f'],
      [1, '>&', '-'],
      [1, '&>', 'g'],
      [10, '>', 'h'],
      [0, '<<<', 'i'],
      [0, '<<-', 'J K'],
    ]);
    expect(show(command)).toBe('A=1 b');
  });

  it('have words of which the shell would expand some', () => {
    const words =
      topCommands(`exec a '$x' "$x" $x "a b" ~/bin *.c c\\ d [ {} {a,b} [a] "*"\n`).at(-1)?.words ?? [];
    expect(words.map((word) => [word.text, word.literal])).toEqual([
      ['exec', true],
      ['a', true],
      ['$x', true],
      ['$x', false],
      ['$x', false],
      ['a b', true],
      ['~/bin', false],
      ['*.c', false],
      ['c d', true],
      ['[', true],
      ['{}', true],
      ['{a,b}', false],
      ['[a]', false],
      ['*', true],
    ]);
  });
});

describe('the meaning of a script', () => {
  it('tells whether stderr goes to the log', () => {
    expect(meaning('#!/bin/sh\nexec 2>&1\nexec a\n').joinsStderr).toBe(true);
    expect(meaning('#!/bin/sh\nexec a 2>&1\n').joinsStderr).toBe(true);
    expect(meaning('#!/bin/sh\necho hello 2>&1\nexec a\n').joinsStderr).toBe(false);
    expect(meaning('#!/bin/sh\nexec a 1>&2\n').joinsStderr).toBe(false);
  });

  it('tells the program behind exec, chpst, env and nice', () => {
    const program = (text: string) => {
      const { last } = meaning(text);
      return last === null ? [] : [last.program, ...last.args];
    };
    expect(program('exec chpst -e ./env -P pulseaudio -D\n')).toEqual(['pulseaudio', '-D']);
    expect(program('exec chpst -Pe ./env -u a:b pulseaudio\n')).toEqual(['pulseaudio']);
    expect(program('exec env -i A=b nice -n 5 fetchmail -d 300\n')).toEqual(['fetchmail', '-d', '300']);
    expect(program('exec timeout -k 1 5 mpd\n')).toEqual(['mpd']);
    expect(program('exec setpriv --reuid 5 --regid=5 mpd\n')).toEqual(['mpd']);
    expect(program('exec -a name mpd\n')).toEqual(['mpd']);
    expect(program('exec\n')).toEqual([]);
  });

  it('puts in what is known of variables, and splits it as a shell does', () => {
    const args = (text: string) => meaning(text).last?.args;
    expect(args('O="-a  -b"\nexec x $O "$O" ${O}c\n')).toEqual(['-a', '-b', '-a  -b', '-a', '-bc']);
    expect(args('D=~/a:~/b\nexec x "$D" ~ ~/c a~ "~"\n')).toEqual([
      '/home/u/a:/home/u/b',
      '/home/u',
      '/home/u/c',
      'a~',
      '~',
    ]);
    expect(args('exec x "$1" $(y) *.z $UNKNOWN\n')).toEqual([null, null, null, null]);
    expect(args('if a; then B=1; fi\nexec x "$B"\n')).toEqual([null]);
    expect(args('A=1 true\nexec x "${A:-2}" "${HOME:-3}" "${HOME:+4}"\n')).toEqual([null, '/home/u', '4']);
  });

  it('follows cd, PATH and where things are written', () => {
    const read = meaning('cd /a || exit 1\nPATH=/opt:$PATH\nexport PATH\nb >>c\nexec d >"e f"\n');
    expect(read.last).toMatchObject({ program: 'd', cwd: '/a', path: '/opt:/bin' });
    expect(read.directories).toEqual([{ path: '/a', line: 1, conditional: true }]);
    expect(read.writes.map((each) => each.path)).toEqual(['/a/c', '/a/e f']);
    expect(read.stdoutFile).toEqual({ path: '/a/e f', line: 5 });
  });

  it('tells where svlogd writes', () => {
    const [logger] = meaning('exec svlogd -ttr _ -l 9 -- -x ./a "$HOME/b"\n').started;
    expect(svlogdDirectories(logger as never)).toEqual(['/s/x/-x', '/s/x/a', '/home/u/b']);
  });
});

describe('statements', () => {
  it('have lines, here-documents included', () => {
    const found = readStatements('A=1\ncat <<E &&\na\nE\n  exec b\nf() { exec c; }\n( exec d ) &\n');
    expect(found?.map(({ first, last, kind, execs }) => [first, last, kind, execs])).toEqual([
      [1, 1, 'setting', false],
      [2, 5, 'command', true],
      [6, 6, 'function', false],
      [7, 7, 'command', false],
    ]);
  });

  it('are none in a text that is not understood', () => {
    for (const text of ['echo "', 'if a; then', 'a )', 'case x in a) b', '$(', 'cat <<E\n'])
      expect(readStatements(text)).toBeUndefined();
  });
});

describe('garbage', () => {
  it('is read to its end, and named', () => {
    for (const text of [
      '"',
      "'",
      '`',
      '$(',
      '${',
      '<<X\n',
      'case',
      'case x in',
      'f()',
      'for',
      '\\',
      '&',
      ')',
      '}',
      'fi',
      ';;',
    ])
      expect(readScript(`#!/bin/sh\n${text}`).problem, text).not.toBeNull();
    for (const text of ['', '<', '#', '\r', '()', 'a=(', '((', '[[', '{a,b', '${a:-${b:-']) readScript(text);
  });

  it('takes no longer the deeper it is nested', () => {
    for (const piece of [
      '$(',
      '${a:-',
      '"$(',
      '${a%',
      '(',
      '{ ',
      'if ',
      '((',
      '<(',
      'a=(',
      '`a ',
      '"${a:-',
    ]) {
      const text = piece.repeat(2001);
      expect(readTokens(text).tokens.length).toBeGreaterThan(0);
      expect(readScript(text).problem).not.toBeNull();
    }
  });
});
