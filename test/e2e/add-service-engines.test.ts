/** add-service's proof under homerun's own supervisor, with a runsv process for each service and with all in one. */
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { makeHome } from '../setup/home.ts';

vi.setConfig({ testTimeout: 240_000 });

describe.concurrent.each([
  ['classic', false],
  ['shared', true],
])('add-service under the %s supervisor', (_, shared) => {
  it('waits until the service has stayed up; shows the log and what doctor finds when it does not', async () => {
    const home = makeHome('bundled');
    try {
      await home.start({ shared });
      const up = await home.homerun('add-service', 'newtest', '--yes');
      expect(up).toMatchObject({ code: 0, stderr: '' });
      expect(up.stdout).toMatch(
        /^up: newtest: pid \d+, the same for \d+ s; its log \(pid \d+\) in ~\/.local\/state\/homerun\/log\/newtest\/current\n/,
      );

      const failed = await home.homerun(
        'add-service',
        'brief',
        '--command',
        // It ends when its words have come to the log, which is another process.
        `sh -c 'echo no such luck; until [ -s ${join(home.logFolder('brief'), 'current')} ]; do sleep 0.05; done; exit 3'`,
        '--yes',
      );
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(/^homerun: brief was made, but it is not up: /m);
      expect(failed.stdout).toMatch(
        /^\nThe last lines of its log\n {2}.*no such luck\n[\s\S]*\nWhat doctor finds\n\n[\s\S]*brief[\s\S]*\nThe files are kept\.\n/,
      );
    } finally {
      await home.close();
    }
  });
});
