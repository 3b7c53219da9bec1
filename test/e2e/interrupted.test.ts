/** homerun killed in the middle of a change, and a change taken back under a running supervisor. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';

vi.setConfig({ testTimeout: 240_000 });

let home: TestHome;
afterEach(() => home.remove());

describe.skipIf(!needs('strace'))('homerun init, killed with -9', () => {
  for (const [call, number] of [
    ['rename', 5],
    ['mkdir', 9],
  ] as const) {
    it(`in its ${call} number ${number}, is taken back by the next one, which then does all`, () => {
      home = makeHome();
      writeFileSync(join(home.path, '.xinitrc'), 'exec twm\n', { mode: 0o600 });
      const before = home.snapshot();
      const trace = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`];
      const inject = ['-e', `inject=${call}:signal=SIGKILL:when=${number}`];
      const homerun = [process.execPath, resolve('bin/homerun')];
      expect(home.run('strace', ...trace, ...inject, ...homerun, 'init', '--yes').stdout).not.toMatch(/Done/);
      expect(home.snapshot()).not.toEqual(before);

      const again = home.homerun('init');
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Done.') });
      expect(again.stderr).toMatch(
        /^homerun: init \(.{19}\) had been interrupted half-way: what it had done is taken back\n$/,
      );
      expect(home.homerun('init').stdout).toMatch(/^Nothing to do/);
      expect(home.homerun('undo', '--yes').code).toBe(0);
      const left = home.snapshot();
      for (const folder of ['.local', '.local/state', '.local/state/homerun']) {
        // Made for the journal, and killed before there was a journal to note it in.
        if (left[folder] === 'dir 755') delete left[folder];
      }
      expect(left).toEqual(before);
    });
  }
});

describe.skipIf(!needs('runsvdir', 'runsv', 'sv', 'svlogd'))('undo of add-service', () => {
  for (const engine of ['system', 'bundled']) {
    it(`stops the service first, and leaves nothing of it but its log: ${engine}`, async () => {
      home = makeHome();
      expect(home.homerun('init', '--engine', engine, '--session', 'none').code).toBe(0);
      expect(home.homerun('up').code).toBe(0);
      const before = home.snapshot();
      const made = home.homerun('add-service', "it's", '--command', 'sleep 1000', '--yes');
      expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/^up: it's: pid \d+/)]);
      const pid = /pid (\d+)/.exec(made.stdout)?.[1] as string;

      const undone = home.homerun('undo', '--yes');
      expect(undone).toEqual({
        code: 0,
        stdout: expect.stringMatching(
          /^Taken back: add the service it's \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)\.\nKept: ~\/\.local\/state\/homerun\/log\/it's: it is not empty\.\n$/,
        ),
        stderr: '',
      });
      await until('the daemon is gone', () => !existsSync(`/proc/${pid}`));
      expect(readdirSync(join(home.path, 'service_all'))).toEqual([]);
      expect(readdirSync(join(home.path, 'service_gui')).filter((name) => !name.startsWith('.'))).toEqual([]);

      // init itself is not taken back from under a supervisor.
      const refused = home.homerun('undo', '--yes');
      expect(refused).toEqual({
        code: 1,
        stdout: '',
        stderr: `homerun: undo: init: the supervisor of ${home.path}/service_gui runs\nNothing was touched. Stop it and every service first: homerun down\n`,
      });
      // What has a dot there is the shared supervisor's own.
      const added = Object.keys(home.snapshot()).filter((path) => !(path in before));
      expect(added.filter((path) => !path.startsWith('service_gui/.'))).toEqual([
        ".local/state/homerun/log/it's",
        ".local/state/homerun/log/it's/current",
        ".local/state/homerun/log/it's/lock",
      ]);
      expect(readFileSync(join(home.path, ".local/state/homerun/log/it's/current"), 'utf8')).toBe('');
      expect(home.homerun('down').code).toBe(0);
    });
  }
});
