import { describe, expect, it } from 'vitest';
import {
  commandName,
  isExecOfProgram,
  lastCommand,
  programOf,
  readScript,
  stderrIsLogged,
  topCommands,
} from '../../../src/doctor/script/reading.ts';

function last(text: string): string {
  const command = lastCommand(readScript(text));
  return command === undefined ? '' : command.words.map((word) => word.text).join(' ');
}

describe('reading a script', () => {
  it('takes the interpreter and its argument from the first line', () => {
    expect(readScript('#!/usr/bin/env ksh\n').shebang).toEqual({
      line: '/usr/bin/env ksh',
      interpreter: '/usr/bin/env',
      argument: 'ksh',
      environmentProgram: 'ksh',
    });
    expect(readScript('#! /bin/sh -e\n').shebang).toEqual({
      line: '/bin/sh -e',
      interpreter: '/bin/sh',
      argument: '-e',
      environmentProgram: null,
    });
    expect(readScript('echo hello\n').shebang).toBe(null);
  });

  it('finds a byte order mark, carriage returns, NUL bytes and a shebang that is not first', () => {
    expect(readScript('\ufeff#!/bin/sh\n').byteOrderMark).toBe(true);
    expect(readScript('#!/bin/sh\r\nexec a\r\n').carriageReturns).toEqual([1, 2]);
    expect(readScript('\x7fELF\0').binary).toBe(true);
    expect(readScript('\n#!/bin/sh\n').shebangNotFirst).toBe(true);
    expect(readScript(' \n\t\n').empty).toBe(true);
  });

  it('finds the last command behind comments, functions, here-documents and conditions', () => {
    expect(last('#!/bin/sh\nexec 2>&1\nexec daemon -f # foreground\n')).toBe('exec daemon -f');
    expect(last('#!/bin/sh\nstop() {\n  exec other\n}\ncat <<EOF\nexec no\nEOF\nexec yes\n')).toBe(
      'exec yes',
    );
    expect(last('#!/bin/sh\nif test -f x; then\n  exec a\nelse\n  exec b\nfi\n')).toBe('exec b');
    expect(last('case $1 in\n  a|b) exec one ;;\n  *) exec two ;;\nesac\n')).toBe('exec two');
    expect(last('exec one \\\n  two\n')).toBe('exec one two');
  });

  it('leaves the bodies of functions out of the commands that run', () => {
    const reading = readScript(
      '#!/bin/sh\non_usr1() {\n\tstop=1\n}\ntrap on_usr1 USR1\nwhile :; do work; sleep 1; done\n',
    );
    expect(topCommands(reading).map(commandName)).toEqual(['trap', ':', 'work', 'sleep']);
    expect(topCommands(reading).map((command) => command.inside)).toEqual([
      [],
      ['while'],
      ['while'],
      ['while'],
    ]);
    expect(topCommands(reading).map((command) => command.condition)).toEqual([false, true, false, false]);
  });

  it('tells a program put in the background from one that is waited for', () => {
    const reading = readScript('#!/bin/sh\npavucontrol &\nexec pulseaudio\n');
    expect(topCommands(reading).map((command) => command.end)).toEqual(['&', '\n']);
    expect(topCommands(reading).map(isExecOfProgram)).toEqual([false, true]);
  });

  it('knows whether stderr goes to the log', () => {
    expect(stderrIsLogged(readScript('#!/bin/sh\nexec 2>&1\nexec a\n'))).toBe(true);
    expect(stderrIsLogged(readScript('#!/bin/sh\nexec a 2>&1\n'))).toBe(true);
    expect(stderrIsLogged(readScript('#!/bin/sh\necho hello 2>&1\nexec a\n'))).toBe(false);
    expect(stderrIsLogged(readScript('#!/bin/sh\nexec a 1>&2\n'))).toBe(false);
  });

  it('sees the program behind exec, chpst, env and nice', () => {
    const program = (text: string): string[] =>
      programOf(lastCommand(readScript(text)) as never).map((word) => word.text);
    expect(program('exec chpst -e ./env -P pulseaudio -D\n')).toEqual(['pulseaudio', '-D']);
    expect(program('exec env -i A=b nice -n 5 fetchmail -d 300\n')).toEqual(['fetchmail', '-d', '300']);
    expect(program('exec timeout -k 1 5 mpd\n')).toEqual(['mpd']);
    expect(program('exec\n')).toEqual([]);
  });

  it('says of a word whether the shell would expand it', () => {
    const words = lastCommand(readScript(`exec a '$x' "$x" $x "a b" ~/bin *.c c\\ d\n`))?.words ?? [];
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
    ]);
  });

  it('never throws on unfinished text', () => {
    for (const text of [
      '"',
      "'",
      '`',
      '$(',
      '${',
      '<<',
      '<<X',
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
    ]) {
      expect(() => readScript(`#!/bin/sh\n${text}`)).not.toThrow();
    }
  });
});
