import { describe, expect, it } from 'vitest';
import { parseMessage, parseRing } from '../../../src/doctor/evidence/messages.ts';

describe('messages of the runit programs', () => {
  it.each([
    [
      'runsv newtest: fatal: unable to start ./run: access denied',
      'newtest',
      './run',
      'access denied',
      'run-not-executable',
    ],
    [
      '.runsv a b: fatal: unable to start log/./run: file does not exist',
      'a b',
      'log/./run',
      'file does not exist',
      'log-run-missing',
    ],
    [
      '...runsv x: fatal: unable to lock supervise/lock: temporary failure',
      'x',
      'supervise/lock',
      'temporary failure',
      'lock-held-by-other-runsv',
    ],
    ['runsv x: warning: ./log: not a directory.', 'x', './log', 'not a directory', 'log-is-file'],
    [
      'runsv x: warning: unable to stat() ./log: : symbolic link loop',
      'x',
      './log',
      'symbolic link loop',
      'log-symlink-dangling',
    ],
    [
      'runsvdir /home/u/sv: warning: unable to stat gone: file does not exist',
      '/home/u/sv',
      'gone',
      'file does not exist',
      'symlink-dangling',
    ],
    [
      'runsvdir /sv: fatal: unable to start runsv a: file does not exist',
      '/sv',
      'a',
      'file does not exist',
      'runner-path-lacks-runsv',
    ],
    [
      'runsvdir /sv: warning: unable to stat /sv: file does not exist',
      '/sv',
      '/sv',
      'file does not exist',
      'service-gui-missing',
    ],
    [
      'svlogd: warning: unable to lock directory: ./main: temporary failure',
      null,
      './main',
      'temporary failure',
      'log-dir-locked',
    ],
    [
      'svlogd: pausing: unable to write to current: /l/a: out of disk space',
      null,
      '/l/a',
      'out of disk space',
      'disk-full-logs',
    ],
    [
      'chpst: fatal: unable to setgroups: permission denied',
      null,
      null,
      'permission denied',
      'chpst-not-root',
    ],
    ['./run: 3: exec: /opt/x: Permission denied', null, '/opt/x', null, 'daemon-not-executable'],
    ['./run[3]: exec: mpd: not found', null, 'mpd', null, 'daemon-missing'],
    [
      './run: line 2: exec: /opt/x: cannot execute: Permission denied',
      null,
      '/opt/x',
      null,
      'daemon-not-executable',
    ],
    ["E: ./run[2]: /opt/x: can't execute: Permission denied", null, '/opt/x', null, 'daemon-not-executable'],
    ['./run: 2: source: not found', null, null, null, 'run-bashism'],
  ])('%s', (line, name, path, error, check) => {
    const message = parseMessage(line);
    expect({ name: message?.name, path: message?.path, error: message?.error }).toEqual({
      name,
      path,
      error,
    });
    expect(message?.checks).toContain(check);
  });

  it('is nothing for words of a daemon', () => {
    expect(parseMessage('listening on port 80')).toBe(null);
    expect(parseMessage('')).toBe(null);
  });

  it('leaves out the first line of the ring, which may be cut', () => {
    const ring = 'art ./run: access denied\nrunsv b: fatal: unable to start ./run: access denied\n......';
    expect(parseRing(ring).map((message) => message.name)).toEqual(['b']);
  });
});
