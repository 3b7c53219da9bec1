/** A log that rotates all the time, in every form that svlogd stamps it. */
import { spawn } from 'node:child_process';
import { openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeHome, ROOT } from '../setup/home.ts';
import { until } from '../setup/until.ts';

const HOMERUN = join(ROOT, 'bin/homerun');

describe('homerun logs', () => {
  it.concurrent.each(['-t', '-tt', '-ttt', ''])(
    "with svlogd's stamps %j a log is read whole while it rotates, and again afterwards",
    async (form) => {
      const own = makeHome();
      try {
        own.service('flood', { run: '#!/bin/sh\nexec sleep 100000\n', enabled: false });
        const folder = own.logFolder('flood');
        writeFileSync(join(folder, 'config'), 's100000\nn0\n');
        const file = join(own.folder, 'followed');
        const words = ['logs', 'flood', '-n', 'all', '--no-times', '--no-marks'];
        const follower = own.own(
          spawn(process.execPath, [HOMERUN, ...words, '-f'], {
            env: own.env,
            stdio: ['ignore', openSync(file, 'w'), 'ignore'],
          }),
        );
        const lines = 30_000;
        const svlogd = join(ROOT, 'runit/svlogd');
        const writer = own.own(
          spawn('sh', ['-c', `seq ${lines} | "$0" ${form} "$1"`, svlogd, folder], {
            env: own.env,
            stdio: 'ignore',
          }),
        );
        await until('everything was written', () => writer.exitCode === 0, 120_000);
        const expected = Array.from({ length: lines }, (_, index) => `${index + 1}\n`).join('');
        await until('everything was followed', () => statSync(file).size >= expected.length, 120_000);
        follower.kill('SIGINT');
        await until('it ends', () => follower.exitCode !== null || follower.signalCode !== null);
        expect(readFileSync(file, 'latin1') === expected).toBe(true);
        expect((await own.homerun(...words)).stdout === expected).toBe(true);
        const last = await own.homerun(...words.with(3, '2000'));
        expect(last.stdout === expected.slice(expected.indexOf('28001\n'))).toBe(true);
      } finally {
        await own.close();
      }
    },
  );
});
