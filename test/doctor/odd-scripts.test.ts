/** What checks of a script's words say of it, and where they must be silent: scripts that look like a fault and are none. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portsOf, saysInUse } from '../../src/doctor/collect/in-use.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import type { Snapshot } from '../../src/doctor/snapshot.ts';
import { needs } from '../setup/needs.ts';
import { startTree, type Tree } from './fixtures/tree.ts';

/** Check, the lines below `#!/bin/sh`, and whether it speaks. */
const SCRIPTS: readonly (readonly [string, string, boolean])[] = [
  ['run-kills-runsv', "trap 'kill 0' TERM", true],
  ['run-kills-runsv', 'kill -s TERM 0', true],
  ['run-kills-runsv', 'kill -- -$$', true],
  ['run-kills-runsv', 'kill $PPID', true],
  ['run-kills-runsv', 'kill -0 $PPID || exit 1', false],
  ['run-kills-runsv', 'kill -s 0 $(cat pid) || exit 1', false],
  ['run-kills-runsv', 'kill -0 0', false],
  ['run-kills-runsv', "sh -c 'sleep 9; kill $PPID' &", false],
  ['run-kills-runsv', '# kill 0', false],
  ['run-ends-early', 'exit 0\nexec sleep 9', true],
  ['run-ends-early', '[ -e x ] || { echo no; exit 1; }\nexec sleep 9', false],
  ['run-ends-early', '(exit 1)\nexec sleep 9', false],
  ['run-ends-early', 'exec sleep 9\nexit 111', false],
  ['run-ends-early', 'exec sleep 8\nexit 1\nexec sleep 9', false],
  ['run-starts-itself', 'exec ./run', true],
  ['run-starts-itself', 'sv restart .', true],
  ['run-starts-itself', 'sv once .', false],
  ['run-starts-itself', '[ -z "$READY" ] || exec sleep 9\nREADY=1 exec ./run', false],
  ['run-starts-itself', 'sv restart ../beta', false],
  ['run-unset-variable', 'exec "$MYTREE/bin/daemon"', true],
  ['run-unset-variable', 'set -u\nexec sleep $HOW_LONG', true],
  ['run-unset-variable', 'exec "$HOME/bin/daemon" $OPTIONS', false],
  ['run-unset-variable', 'exec "${MYTREE:-/opt}/bin/daemon"', false],
  ['run-unset-variable', '. ./conf\nexec "$MYTREE/bin/daemon"', false],
  ['run-unset-variable', 'export $(cat conf)\nexec "$MYTREE/bin/daemon"', false],
  ['run-unset-variable', 'eval "$(cat conf)"\nexec "$MYTREE/bin/daemon"', false],
  ['run-unset-variable', 'read -r MYTREE <conf\nexec "$MYTREE/bin/daemon"', false],
  ['run-unset-variable', 'for d in /opt /srv; do exec "$d/daemon"; done', false],
  ['run-odd-characters', 'exec sleep \u201c9\u201d', true],
  ['run-odd-characters', 'echo "it\u2019s \\" \u201chere\u201d"\nexec sleep 9', false],
  ['run-odd-characters', '# it\u2019s here \u2014 and there\nexec sleep 9', false],
  ['run-umask', 'umask 777', true],
  ['run-umask', 'umask 077', false],
  ['run-umask', 'umask u=rwx,go=', false],
  ['run-ulimit', 'ulimit -n 3', true],
  ['run-ulimit', 'ulimit -c 0', false],
  ['run-ulimit', 'ulimit -t 300', false],
  ['run-ulimit', 'ulimit -n unlimited', false],
  ['run-heredoc-open', 'cat >x <<E\nport 80\n E\nexec sleep 9', true],
  ['run-heredoc-open', 'cat >x <<E\nport 80\nE \nexec sleep 9', true],
  ['run-heredoc-open', 'cat >x <<E\nport 80\nE\nexec sleep 9', false],
  ['run-heredoc-open', 'cat >x <<-E\n\tport 80\n\tE\nexec sleep 9', false],
  ['run-heredoc-open', 'echo "<<E" $((1 << 3))\nexec sleep 9', false],
  ['run-command-cut', 'exec sleep \\ \n 9', true],
  ['run-command-cut', 'exec sleep \\\n# long \\\n 9', true],
  ['run-command-cut', 'exec d \\\n  # quiet\n  -q', true],
  ['run-command-cut', 'exec sleep \\\n 9', false],
  ['run-command-cut', 'exec sleep \\\n# that is all', false],
  ['run-command-cut', "echo 'a \\ \n# b \\\n'\nexec sleep 9", false],
  ['run-command-cut', 'cat >x <<E\na \\ \n# b \\\nE\nexec sleep 9', false],
  ['run-command-cut', 'cd my\\ dir && exec sleep 9', false],
  ['daemon-missing', "alias d='sleep 9'\nexec d", true],
  ['daemon-missing', "alias d='sleep 9'\nd", false],
  ['daemon-missing', 'd() { sleep 9; }\nexec d', true],
  ['daemon-missing', 'd() { sleep 9; }\nd', false],
  ['run-reads-broken-file', '. ./nofile\nexec sleep 9', true],
  ['run-reads-broken-file', '[ -r ./nofile ] && . ./nofile\nexec sleep 9', false],
  ['run-reads-broken-file', '. nofile\nexec sleep 9', false],
  ['run-reads-broken-file', '. "$FILE"\nexec sleep 9', false],
  ['kills-other-service', 'pkill -x sleep\nexec sleep 9', true],
  ['kills-other-service', 'killall -q sleep\nexec sleep 9', true],
  ['kills-other-service', 'pkill -f "sleep 1000000"\nexec sleep 9', true],
  ['kills-other-service', 'pkill -P $$ sleep\nexec sleep 9', false],
  ['kills-other-service', 'pkill -0 sleep\nexec sleep 9', false],
  ['kills-other-service', 'pkill -u "$USER" -x slee\nexec sleep 9', false],
  ['kills-other-service', 'pkill -f "sleep 5"\nexec sleep 9', false],
];

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('the words of a run script', () => {
  let tree: Tree;
  let healthy: Snapshot;
  beforeAll(async () => {
    tree = await startTree('C runit', { services: { alpha: {}, beta: {} } });
    healthy = await tree.snapshot();
  });
  afterAll(() => tree?.stop());

  it.each(SCRIPTS)('%s reads %j: %s', (check, lines, speaks) => {
    const path = `${tree.dir('alpha')}/run`;
    const was = healthy.scripts[path];
    if (was === undefined) throw new Error(`the snapshot has no ${path}`);
    const text = `#!/bin/sh\n${lines}\n`;
    const { findings, failed } = diagnose({
      ...healthy,
      scripts: { ...healthy.scripts, [path]: { ...was, text, size: text.length } },
    });
    expect(failed).toEqual([]);
    const found = findings.filter((each) => each.check === check && each.service === 'alpha');
    expect(found.map((each) => each.summary)).toHaveLength(speaks ? 1 : 0);
  });
});

describe('the port that a line calls taken', () => {
  it.each([
    ['2026/11/29 22:15:10 listen tcp :8080: bind: address already in use', ['8080']],
    ['Error: listen EADDRINUSE: address already in use 127.0.0.1:3000', ['3000']],
    ['[22:25:53] bind [::1]:631: Address already in use', ['631']],
    ['Nov 29 22:25 server.go:53: port 9000 is in use', ['9000']],
  ])('is named in %j', (line, ports) => {
    expect({ says: saysInUse(line), ports: portsOf(line) }).toEqual({ says: true, ports });
  });

  it('is not said where the rights are missing', () => {
    expect(saysInUse('bind: Permission denied, 0.0.0.0:80')).toBe(false);
  });
});
