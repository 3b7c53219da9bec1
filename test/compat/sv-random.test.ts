/**
 * sv beside C's sv in worlds made by chance, each from a seed: any bytes in status, logs, down and check files, any
 * verbs and options; and sequences of verbs on services that a real runsv (C's) looks after.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SV_VERBS } from '../../src/supervisor/core/sv-command.ts';
import { needs } from '../setup/needs.ts';
import { type Published, published } from '../setup/published.ts';
import { removeFolder } from '../setup/remove-folder.ts';
import { until } from '../setup/until.ts';
import { randomOf } from '../sim/random.ts';
import { C_SV, expectSame, FakeTree, OUR_SV, runAllSv, runOurs, type Said, statusBytes } from './sv-world.ts';

const SEED = Number(process.env.SEED ?? 20261129);

describe.skipIf(!needs('runsv'))('sv in worlds made by chance', { timeout: 180_000 }, () => {
  it('says, writes and returns what C sv does, in 150 worlds of odd status bytes', () => {
    const tree = new FakeTree();
    try {
      const worlds = Array.from({ length: 150 }, (_, index) => ({ index, random: randomOf(SEED + index) }));
      tree.services(worlds.flatMap(({ index }) => [`a${index}`, `b${index}`, `b${index}/log`]));
      const calls = worlds.map(({ index, random }) => {
        const status = () => {
          if (random.chance(0.05)) return Buffer.alloc(random.below(24), random.below(256));
          const bytes = statusBytes({
            // Far from now: the two runs are not at the same moment.
            age: random.pick([1000, 100000, 2000000000, -100000]),
            pid: random.pick([0, 0, 1, 4711, 2147483647, -1, -2147483648]),
            paused: random.pick([0, 0, 0, 1, 200]),
            want: random.pick(['u', 'u', 'd', 'd', 'x', 't', '\0', '\xff']),
            gotTerm: random.pick([0, 0, 0, 1, 2, 255]),
            state: random.pick([0, 1, 1, 1, 2, 3, 255]),
          });
          if (random.chance(0.05)) bytes.writeBigUInt64BE(BigInt(random.below(2 ** 31)), 0);
          if (random.chance(0.05)) bytes.fill(0xff, 0, 8);
          return bytes;
        };
        const [a, b] = [`a${index}`, `b${index}`];
        for (const name of [a, b, `${b}/log`]) tree.status(name, status());
        for (const name of [a, b, `${b}/log`]) if (random.chance(0.4)) tree.file(`${name}/down`, '');
        const verb = random.pick(SV_VERBS);
        const word = random.chance(0.8)
          ? (verb.word ?? verb.name)
          : random.pick(['s', 'st', 'sx', 'x', 'X', 'D', 'T', 'E', 'e', 'uu', 'force', 're', '3', 'z']);
        const options = [
          ...(random.chance(0.5) || verb.waits ? ['-w0'] : []),
          ...(random.chance(0.1) ? ['--'] : []),
        ];
        const names = Array.from({ length: 1 + random.below(4) }, () =>
          random.pick([a, b, `${b}/log`, `./${a}`, 'nosuch', `${b}/`]),
        );
        // After a kill C looks at the service again, whose status may then be a second older: once is enough.
        return [...options, word, ...new Set(names)];
      });
      const theirs = runAllSv(tree, calls);
      for (const [index, args] of calls.entries()) {
        const mine = [`a${index}`, `b${index}`, `b${index}/log`];
        const of = ({ control, ...said }: Said): Said => ({
          ...said,
          control: Object.fromEntries(mine.map((name) => [name, control[name] as string])),
        });
        const ours = runOurs('sv', tree, args);
        try {
          expectSame(of(ours), of(theirs[index] as Said));
        } catch (error) {
          const message = `seed ${SEED + index}, sv ${args.join(' ')}: ${(error as Error).message}`;
          throw new Error(message, { cause: error });
        }
      }
    } finally {
      tree.remove();
    }
  });
});

describe.skipIf(!needs('runsv'))('sv with C runsv', () => {
  /** Ends what a sequence started; each has its own, since they run side by side. */
  const end = (started: readonly ChildProcess[], folders: readonly string[]) => {
    for (const child of started) {
      try {
        // Each shell has left its sleep in the group.
        process.kill(-(child.pid as number), 'SIGKILL');
      } catch {
        // None is left.
      }
    }
    for (const folder of folders) removeFolder(folder);
  };

  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'latin1') : '');

  /** A service that notes the signals it gets, and that is up when it has said so. */
  class Service {
    readonly folder: string;
    private readonly svdir: string;
    constructor(
      readonly sv: string,
      svdir: string,
    ) {
      this.svdir = svdir;
      this.folder = join(svdir, 's');
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(
        join(this.folder, 'run'),
        [
          '#!/bin/sh',
          'for s in HUP INT QUIT ALRM USR1 USR2; do trap "echo $s >>signals" $s; done',
          // A shell misses no signal in a wait; in a read it may have come just before.
          'sleep 1000 >/dev/null 2>&1 &',
          'echo $$ >>starts',
          'while :; do wait $!; done',
          '',
        ].join('\n'),
        { mode: 0o755 },
      );
      appendFileSync(join(this.folder, 'signals'), '');
    }

    starts(): string[] {
      return read(join(this.folder, 'starts')).split('\n').slice(0, -1);
    }
    signals(): string {
      return read(join(this.folder, 'signals'));
    }
    published(): Published | undefined {
      return published(join(this.folder, 'supervise'));
    }

    run(...args: string[]): Promise<{ stdout: string; stderr: string; code: number | null }> {
      return new Promise((resolve, reject) => {
        const child = spawn(this.sv, args, {
          env: { PATH: process.env.PATH, SVDIR: this.svdir, SVWAIT: '60' },
        });
        const said = { stdout: '', stderr: '' };
        child.stdout.on('data', (data) => {
          said.stdout += data;
        });
        child.stderr.on('data', (data) => {
          said.stderr += data;
        });
        child.on('error', reject);
        child.on('close', (code) => {
          const plain = said.stdout.replace(/\(pid \d+\) \d+s/g, '(pid P) Ss').replace(/: \d+s/g, ': Ss');
          resolve({ stdout: plain, stderr: said.stderr, code });
        });
      });
    }
  }

  const SIGNALS: Record<string, string> = {
    hup: 'HUP',
    interrupt: 'INT',
    quit: 'QUIT',
    alarm: 'ALRM',
    '1': 'USR1',
    '2': 'USR2',
    reload: 'HUP',
  };

  for (let round = 0; round < 2; round += 1) {
    it.concurrent(`sequence ${round}: the same words and the same effects after each of 16 verbs`, {
      timeout: 300_000,
    }, async ({ onTestFinished }) => {
      const seed = SEED * 7 + round;
      const random = randomOf(seed);
      const started: ChildProcess[] = [];
      const folders: string[] = [];
      onTestFinished(() => end(started, folders));
      const services = [C_SV, OUR_SV].map((sv) => {
        const folder = mkdtempSync(join(tmpdir(), 'homerun-svseq-'));
        folders.push(folder);
        return new Service(sv, folder);
      });
      const both = (what: string, holds: (service: Service) => boolean) =>
        until(`${what}; seed ${seed}`, () => services.every(holds));
      for (const service of services) {
        const cwd = join(service.folder, '..');
        started.push(spawn('runsv', ['s'], { cwd, stdio: 'ignore', detached: true }));
      }
      const up = (before: readonly number[]) =>
        until(`a start; seed ${seed}`, () =>
          services.every((service, i) => {
            const starts = service.starts();
            return (
              starts.length > (before[i] as number) &&
              service.published()?.stat === 'run' &&
              starts.at(-1) === String(service.published()?.pid)
            );
          }),
        );
      await up([0, 0]);

      const state = { up: true, want: 'up', paused: false };
      for (let step = 0; step < 16; step += 1) {
        const verb = random.pick([
          'status',
          'check',
          ...(state.up && !state.paused ? Object.keys(SIGNALS) : []),
          ...(state.up
            ? ['pause', 'cont', 'down', 'stop', 'force-stop']
            : ['up', 'start', 'once', 'down', 'term', 'hup']),
          ...(state.up && !state.paused
            ? ['term', 'kill', 'restart', 'force-restart', 'try-restart', 'up', 'once']
            : []),
        ]);
        const args = [...(random.chance(0.2) ? ['-v'] : []), verb, 's'];
        const before = services.map((service) => service.starts().length);
        const signals = services.map((service) => service.signals().length);
        const [theirs, ours] = await Promise.all(services.map((service) => service.run(...args)));
        expect({ seed, step, args, ...ours }).toEqual({ seed, step, args, ...theirs });

        if (SIGNALS[verb] !== undefined && state.up) {
          await until(`a signal ${verb}; seed ${seed}`, () =>
            services.every((service, i) => service.signals().slice(signals[i]) === `${SIGNALS[verb]}\n`),
          );
        }
        if (['down', 'stop', 'force-stop'].includes(verb)) {
          Object.assign(state, { up: false, want: 'down', paused: false });
        } else if (['up', 'start'].includes(verb)) state.want = 'up';
        else if (verb === 'once') state.want = 'down';
        else if (verb === 'pause' && state.up) state.paused = true;
        else if (verb === 'cont') state.paused = false;

        const ends = ['term', 'kill', 'restart', 'force-restart', 'try-restart'].includes(verb) && state.up;
        if (verb.endsWith('restart') && verb !== 'try-restart') state.want = 'up';
        if (ends && state.want === 'down') state.up = false;
        const starts = (ends && state.want === 'up') || (!state.up && ['up', 'start', 'once'].includes(verb));
        if (starts) {
          await up(before);
          state.up = true;
        }
        // The flag "paused" may outlive the process that was paused: only its change is looked at.
        const wanted = state.up && state.want === 'down' ? ', want down' : '';
        await both(`${state.up ? 'run' : 'down'}${wanted} after ${args.join(' ')}`, (service) => {
          const stat = service.published()?.stat ?? '';
          if (!stat.startsWith(state.up ? 'run' : 'down')) return false;
          if (state.up && stat.includes(', want down') !== (wanted !== '')) return false;
          if (state.up && ['pause', 'cont'].includes(verb)) return stat.includes('paused') === state.paused;
          return true;
        });
      }
      const [theirs, ours] = await Promise.all(services.map((service) => service.run('shutdown', 's')));
      expect(ours).toEqual(theirs);
      expect(ours?.stdout).toBe('ok: s: runsv not running\n');
    });
  }
});
