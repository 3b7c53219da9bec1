/** chpst's command line and environment on their own. C's answers to the same are in test/compat. */
import { describe, expect, it } from 'vitest';
import {
  changeEnvironment,
  EnvdirReader,
  executablePaths,
  parseAccount,
  parseChpst,
  parseIds,
  softLimit,
} from '../../src/supervisor/core/chpst-command.ts';

describe('the plan of chpst', () => {
  it('takes the steps in the order of C, whatever the order of the options', () => {
    const args = '-o 5 -2 -1 -0 -L lock -u u:g -U v -n -3 -/ root -e dir -P -b zero prog -x'.split(' ');
    expect(parseChpst('/usr/bin/chpst', args)).toEqual({
      steps: [
        { step: 'session' },
        { step: 'envdir', directory: 'dir', skipsFolders: true },
        { step: 'root', directory: 'root' },
        { step: 'nice', increment: -3 },
        { step: 'envuidgid', account: 'v', groups: true },
        { step: 'setuidgid', account: 'u:g', groups: true },
        { step: 'lock', file: 'lock', waits: false, quiet: false },
        { step: 'close', descriptor: 0 },
        { step: 'close', descriptor: 1 },
        { step: 'close', descriptor: 2 },
        { step: 'limits', limits: [['openFiles', 5n]] },
      ],
      file: 'prog',
      argv: ['zero', '-x'],
      verbose: false,
      quiet: false,
    });
  });

  it('limits wrap at 2^64, and from 2^63 up are none, but 2^64 - 1, which is the hard limit', () => {
    const limits = (value: string) => {
      const plan = parseChpst('chpst', ['-c', value, 'prog']);
      return 'steps' in plan ? plan.steps.at(-1) : plan;
    };
    expect(limits('18446744073709551616')).toEqual({ step: 'limits', limits: [['core', 0n]] });
    expect(limits('18446744073709551615')).toEqual({ step: 'limits', limits: [['core', -1n]] });
    expect(limits('18446744073709551614')).toEqual({ step: 'limits', limits: [] });
    expect(softLimit(-1n, 7n)).toBe(7n);
    expect(softLimit(8n, 7n)).toBe(7n);
    expect(softLimit(0n, 7n)).toBe(0n);
  });
});

describe('the environment', () => {
  it('a change takes the first of its name away, moves the last to its place, and adds at the end', () => {
    expect(changeEnvironment(['A=1', 'B=2', 'A=3', 'C=4'], ['A=new'])).toEqual([
      'C=4',
      'B=2',
      'A=3',
      'A=new',
    ]);
    expect(changeEnvironment(['A=1', 'B=2'], ['A', 'NONE'])).toEqual(['B=2']);
    expect(changeEnvironment(['A=1', 'B=2'], ['B'])).toEqual(['A=1']);
    expect(changeEnvironment(['AB=1'], ['A=2'])).toEqual(['AB=1', 'A=2']);
  });

  it('a file gives its first line, without spaces at its end, NULs as newlines; an empty one takes away', () => {
    const reader = new EnvdirReader();
    expect(reader.read('K', 'v \t\nw')).toBe('K=v');
    expect(reader.read('K', 'a\0b')).toBe('K=a\nb');
    expect(reader.read('K', '')).toBe('K');
    expect(reader.read('K', ' \n')).toBe('K=');
  });

  it('a file that is not there repeats the one before, with a newline the first time', () => {
    const reader = new EnvdirReader();
    expect(reader.read('NONE', undefined)).toBe('NONE');
    reader.read('K', 'value');
    expect([reader.read('L', undefined), reader.read('M', undefined)]).toEqual(['L=value\n', 'M=value']);
  });

  it('programs are looked for on PATH, an empty folder being the working directory', () => {
    expect(executablePaths('p', ['PATH=/a::/b', 'PATH=/c'])).toEqual(['/a/p', './p', '/b/p']);
    expect(executablePaths('p', [])).toEqual(['/bin/p', '/usr/bin/p']);
    expect(executablePaths('./p', ['PATH=/a'])).toEqual(['./p']);
  });
});

describe('accounts', () => {
  it('numbers: one uid and from one to sixty gids', () => {
    expect(parseIds('1:2:3')).toEqual({ uid: 1, gids: [2, 3] });
    expect(parseIds(':')).toEqual({ uid: 0, gids: [0] });
    expect(parseIds('4294967297:2')).toEqual({ uid: 1, gids: [2] });
    for (const text of ['1', '', 'x:1', '1:x', '1:2x', `1${':2'.repeat(61)}`])
      expect(parseIds(text)).toBeUndefined();
    expect(parseIds(`1${':2'.repeat(60)}`)?.gids.length).toBe(60);
  });

  it('names: a user, and groups after colons', () => {
    expect(parseAccount('u')).toEqual({ user: 'u' });
    expect(parseAccount('u:g:h')).toEqual({ user: 'u', groups: ['g', 'h'] });
    expect(parseAccount('u:')).toEqual({ user: 'u', groups: [''] });
  });
});
