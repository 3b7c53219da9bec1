/** Messages that nobody reads: the supervisor of everything neither ends nor waits for that. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lives, OURS } from '../setup/service-tree.ts';
import { SLEEP, withTree } from './world.ts';

/** Makes standard error such a pipe, descriptor 3 another end of it. */
const PIPES = {
  'has no reader any more': 'mkfifo messages; exec 3<>messages 2>messages 3<&-',
  'is full':
    'mkfifo messages; exec 3<>messages; dd if=/dev/zero of=messages bs=4096 count=100 oflag=nonblock 2>/dev/null; exec 2>messages',
};

describe.concurrent('the shared supervisor goes on where its standard error', () => {
  it.each(Object.entries(PIPES))('%s', (_, pipe) =>
    withTree(async (tree) => {
      tree.service('good', { run: SLEEP });
      const supervisor = tree.start(
        '/bin/sh',
        ['-c', `${pipe}; exec "$@"`, 'sh', join(OURS, 'runsvdir'), '--shared', 'service'],
        { env: { ...process.env, PATH: `${OURS}:${process.env.PATH}` } },
      );
      const before = await tree.runs('good');
      // Of a log that is a file it warns, and then starts the service.
      tree.service('bad', { run: SLEEP, log: '#!' });
      await tree.runs('bad');
      expect(await tree.sv('restart', 'good')).toMatchObject({ status: 0 });
      expect([await tree.runs('good', before), lives(supervisor.pid)]).toEqual([expect.any(Number), true]);
    }),
  );
});
