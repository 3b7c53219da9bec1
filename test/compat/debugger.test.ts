/** SIGUSR1, at which Node opens a debugger for every user of the machine: C's programs are ended by it, and so are ours. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catches, OURS, ServiceTree, text } from '../setup/service-tree.ts';
import { until } from '../setup/until.ts';

/** What a program says once its handlers are there: until then the signal would meet the launcher's shell. */
const PROGRAMS: Readonly<Record<string, { args: readonly string[]; catches: NodeJS.Signals }>> = {
  runsvdir: { args: ['service'], catches: 'SIGHUP' },
  'runsvdir --shared': { args: ['--shared', 'service'], catches: 'SIGHUP' },
  runsv: { args: ['one'], catches: 'SIGCHLD' },
  svlogd: { args: ['main'], catches: 'SIGHUP' },
};

describe.concurrent('SIGUSR1 ends', () => {
  it.each(Object.entries(PROGRAMS))('%s', async (title, { args, catches: handled }) => {
    const tree = new ServiceTree();
    try {
      mkdirSync(join(tree.root, 'main'));
      tree.file('one/down', '');
      const name = title.split(' ')[0] as string;
      // Input that does not end, for svlogd.
      const program = tree.start(
        '/bin/sh',
        ['-c', 'mkfifo pipe; exec 3<>pipe; exec <&3; exec "$@"', 'sh', join(OURS, name), ...args],
        {
          env: { ...process.env, PATH: `${OURS}:${process.env.PATH}` },
        },
      );
      await until(
        `${title} runs`,
        () => text(`/proc/${program.pid}/comm`) === `${name}\n` && catches(program.pid, handled),
      );
      program.signal('SIGUSR1');
      expect([await program.ended, program.output()]).toEqual(['SIGUSR1', '']);
    } finally {
      await tree.remove();
    }
  });
});
