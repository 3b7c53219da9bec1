/**
 * How a session ends: noticed within a second where nobody tells of it, every service gone within five, and a loop in
 * the middle of a pass neither cut off nor in the way of the next session.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { needs } from '../setup/needs.ts';
import type { Said } from '../setup/said.ts';
import { until } from '../setup/until.ts';
import { addService, script, variableOf } from './session.ts';

vi.setConfig({ testTimeout: 240_000 });

function text(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** homerun, without holding up the other tests; `heard` gets what it says on stderr as it comes. */
function homerun(
  home: TestHome,
  args: readonly string[],
  heard?: (text: string) => void,
): Promise<Said> & { interrupt(): void } {
  const child = spawn(resolve('bin/homerun'), args, {
    env: home.env,
    cwd: home.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += String(data);
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += String(data);
    heard?.(stderr);
  });
  const ended = new Promise<Said>((done) => child.on('close', (code) => done({ code, stdout, stderr })));
  return Object.assign(ended, { interrupt: () => child.kill('SIGINT') });
}

/** A home whose window manager ends when the file `stay` goes, and says so in `happened` as its last act. */
async function makeSession(engine: string): Promise<TestHome> {
  const home = makeHome();
  const at = (path: string): string => join(home.path, path);
  script(at('wm'), 'while [ -e "$HOME/stay" ]; do /bin/sleep 0.1; done\necho end >>"$HOME/happened"\n');
  script(at('.xinitrc'), 'exec "$HOME/wm"\n');
  mkdirSync(at('bin'));
  expect(await homerun(home, ['init', '--engine', engine])).toMatchObject({ code: 0, stderr: '' });
  return home;
}

/** The session file as a display manager runs it: at its end nobody is told. Resolves when the session is over. */
function startSession(home: TestHome, name: string): Promise<void> {
  writeFileSync(join(home.path, 'stay'), '');
  const session = spawn('sh', ['-c', 'exec "$HOME/.xinitrc"'], {
    env: { ...home.env, SESSION_NAME: name },
    cwd: home.path,
    stdio: 'ignore',
    detached: true,
  });
  return new Promise((resolve) => session.on('exit', () => resolve()));
}

/** The pid that runsv knows; 0 when nothing runs. */
function pidOf(home: TestHome, service: string): number {
  return Number(text(join(home.path, 'service_all', service, 'supervise/pid')).trim() || 0);
}

const sessionOf = (pid: number): string | undefined => variableOf(pid, 'SESSION_NAME');

describe.skipIf(!needs('runsvdir', 'flock'))('the end of a session', { concurrent: true }, () => {
  it('is noticed after one nap of a second, and what ignores TERM is killed two seconds later', async () => {
    const home = await makeSession('system');
    try {
      // What the runner sleeps, and what it gives sv, is noted: this is the time that passes, on however busy a machine.
      const runit = home.run('/bin/sh', '-c', 'PATH=/usr/bin:/usr/sbin:/bin; command -v sv').stdout.trim();
      const note = 'echo "${0##*/} $*" >>"$HOME/happened"\n';
      script(join(home.path, 'bin/sleep'), `${note}exec /bin/sleep "$@"\n`);
      script(join(home.path, 'bin/sv'), `${note}exec ${runit} "$@"\n`);
      addService(home, 'deaf', "trap '' TERM\necho >ready\nexec /bin/sleep 1000\n");
      addService(home, 'obeys', 'echo >ready\nexec /bin/sleep 1000\n');
      const ended = startSession(home, 'one');
      for (const name of ['deaf', 'obeys'])
        await until(`${name} runs`, () => existsSync(join(home.path, 'service_all', name, 'ready')));
      await until('the runner watches', () => text(join(home.path, 'happened')).includes('sleep 1\n'));
      unlinkSync(join(home.path, 'stay'));
      await ended;
      await until('nothing is left of the session', () => home.processes().length === 0);

      const happened = text(join(home.path, 'happened')).split('\n');
      const after = happened.slice(happened.indexOf('end') + 1);
      const stop = after.findIndex((line) => line.includes(' force-shutdown '));
      const gui = join(home.path, 'service_gui');
      expect(after[stop]).toBe(`sv -w 2 force-shutdown ${gui}/deaf ${gui}/obeys`);
      // One nap may begin between the last word of the window manager and its end.
      expect([[], ['sleep 1'], ['sleep 1', 'sleep 1']]).toContainEqual(after.slice(0, stop));
    } finally {
      home.remove();
    }
  });

  for (const engine of ['system', 'bundled']) {
    it(`lets a loop end its pass, which is in nobody's way when the next session begins: ${engine}`, async () => {
      const home = await makeSession(engine);
      const at = (path: string): string => join(home.path, path);
      try {
        addService(home, 'quick', 'exec /bin/sleep 1000\n');
        expect(
          home.homerun(
            'add-service',
            'work',
            '-t',
            'loop',
            '--set',
            'command=date',
            '--set',
            'seconds=1',
            '-y',
          ).code,
        ).toBe(0);
        expect(text(at('service_all/work/patience'))).toBe('600\n');
        script(at('service_all/work/pass'), 'echo begin >>passes\nread -r line <go\necho end >>passes\n');
        home.run('mkfifo', at('service_all/work/go'));
        // Open for both: writing never waits for a reader, and what is written stays until a pass reads it.
        const go = await open(at('service_all/work/go'), 'r+');
        const passes = (): string => text(at('service_all/work/passes')).replaceAll('\n', ' ').trim();

        const firstEnded = startSession(home, 'one');
        await until('the first pass runs', () => passes() === 'begin');
        const quick = await until('quick runs', () => pidOf(home, 'quick'));
        await until('quick is of the first session', () => sessionOf(quick) === 'one');
        const loop = await until('the pid of the loop is known', () => pidOf(home, 'work'));
        unlinkSync(at('stay'));
        await firstEnded;
        await until('quick has ended', () => sessionOf(quick) === undefined);
        expect([passes(), pidOf(home, 'work')]).toEqual(['begin', loop]);

        const secondEnded = startSession(home, 'two');
        await until('quick runs in the second session', () => sessionOf(pidOf(home, 'quick')) === 'two');
        expect([passes(), sessionOf(loop)]).toEqual(['begin', 'one']);
        await go.write('\n');
        await until('the next pass runs', () => passes() === 'begin end begin');
        await until('it is of the second session', () => sessionOf(pidOf(home, 'work')) === 'two');

        unlinkSync(at('stay'));
        await secondEnded;
        await until('quick has ended', () => !home.processes().some((pid) => pid === pidOf(home, 'quick')));
        await go.write('\n');
        await until('nothing is left of the session', () => home.processes().length === 0);
        expect(passes()).toBe('begin end begin end');
        await go.close();
      } finally {
        home.remove();
      }
    });
  }

  it('comes after a pass that takes longer than its patience: it is killed', async () => {
    const home = await makeSession('bundled');
    const at = (path: string): string => join(home.path, path);
    try {
      addService(home, 'work', "trap '' TERM\necho >ready\nexec /bin/sleep 1000\n");
      writeFileSync(at('service_all/work/patience'), '4\n');
      const ended = startSession(home, 'one');
      await until('it runs', () => existsSync(at('service_all/work/ready')));
      unlinkSync(at('stay'));
      await ended;
      await until('nothing is left of the session', () => home.processes().length === 0);
    } finally {
      home.remove();
    }
  });
});

describe.skipIf(!needs('runsvdir', 'flock'))('homerun down', { concurrent: true }, () => {
  for (const engine of ['system', 'bundled']) {
    it(`says which services take their time, and homerun up does not wait for them: ${engine}`, async () => {
      const home = await makeSession(engine);
      const at = (path: string): string => join(home.path, path);
      try {
        addService(
          home,
          'work',
          "trap 'read -r line <go; exit' TERM\necho >>ready\nwhile :; do /bin/sleep 0.1; done\n",
        );
        home.run('mkfifo', at('service_all/work/go'));
        writeFileSync(at('service_all/work/patience'), '600\n');
        const go = await open(at('service_all/work/go'), 'r+');
        expect(await homerun(home, ['up'])).toMatchObject({ code: 0, stderr: '' });
        await until('it runs', () => text(at('service_all/work/ready')) === '\n');
        const first = await until('its pid is known', () => pidOf(home, 'work'));
        let said = '';
        const down = homerun(home, ['down'], (text) => {
          said = text;
        });
        await until('it says what it waits for', () => said.endsWith('\n'));
        expect(said).toBe('Waiting for work: it has 600 s to end in (Ctrl-C: it ends all the same)\n');
        down.interrupt();
        await down;

        expect(await homerun(home, ['up'])).toMatchObject({
          code: 0,
          stderr: '',
          stdout: expect.stringMatching(/^The supervisor of ~\/service_gui runs, process \d+\.\n/),
        });
        expect(pidOf(home, 'work')).toBe(first);
        await go.write('\n');
        await until('it runs anew', () => text(at('service_all/work/ready')) === '\n\n');
        // It is told to end as soon as it can hear it.
        await go.write('\n');
        expect(await homerun(home, ['down'])).toMatchObject({
          code: 0,
          stdout: 'The supervisor of ~/service_gui and every service are down.\n',
        });
        await until('nothing is left', () => home.processes().length === 0);
        await go.close();
      } finally {
        home.remove();
      }
    });
  }
});
