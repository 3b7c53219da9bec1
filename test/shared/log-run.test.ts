/** Which log/run a hosted logger may stand for: where it may, a real shell with a svlogd that tells does the same. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPlainLogRun } from '../../src/supervisor/shared/log-run.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'homerun-log-run-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, 'bin'));
writeFileSync(
  join(root, 'bin/svlogd'),
  `#!/bin/sh\n{ pwd; readlink /proc/$$/fd/2; for word; do printf '<%s>\\n' "$word"; done; } >"$TOLD"\n`,
  { mode: 0o755 },
);

const HOSTED = [
  '#!/bin/sh\nexec svlogd -tt ./main\n',
  '#!/bin/sh\nexec svlogd -tt ./main',
  '#! /bin/sh -e\n# a comment\n\nexec 2>&1\n\tmkdir -p ./main || exit 1\nexec svlogd -tt ./main # and so on\n# end\n',
  '#!/bin/sh\nexec 2>&1\nset -eu\ntest -d "a b" || mkdir -p "a b"\nexec svlogd -ttt -r _ -R abc "a b" \'c $d\' e\\ f\n',
  '#!/bin/sh\n[ -d ../x ] || mkdir -p -- ../x || exit 111\ncd ../x || exit 1\nexec svlogd .\n',
  '#!/bin/sh\ncd .././ || exit 1\ncd ./bin\nexec svlogd .\n',
  '#!/bin/sh\nLOGDIR=/tmp\nmkdir -p "$LOGDIR"\nexec svlogd -l 500 -b2048 "${LOGDIR}" "$LOGDIR" 2>&1\n',
  '#!/bin/sh\nD=\'a b\'\nE=$D\nmkdir -p "$E"\nexec svlogd "$E"\n',
  '#!/bin/bash\nexec 2>&1\nexec svlogd -t ""\n',
];

describe('a log/run that is nothing but svlogd', () => {
  it.each(HOSTED)('is read as a shell runs it: %j', (script) => {
    const folder = mkdtempSync(join(root, 'log-'));
    writeFileSync(join(folder, 'run'), script, { mode: 0o755 });
    const told = join(folder, 'told');
    const ran = spawnSync('./run', { cwd: folder, env: { PATH: `${root}/bin:/usr/bin:/bin`, TOLD: told } });
    expect(ran.status).toBe(0);
    const [cwd = '', stderr, ...words] = readFileSync(told, 'latin1').split('\n').slice(0, -1);
    const plain = readPlainLogRun(script);
    expect(plain?.args.map((arg) => `<${arg}>`)).toEqual(words);
    let at = folder;
    for (const step of plain?.steps ?? []) if (step.step === 'cd') at = join(at, step.to);
    expect(at.replace(/\/$/, '')).toBe(cwd);
    // With 2>&1 the shell has the same pipe on both.
    const stdout = ran.stdout.toString();
    expect(stdout).toBe('');
    expect(plain?.stderr).toBe(/2>&1/.test(script) ? 1 : 2);
    expect(stderr).toMatch(/^(pipe|socket):/);
  });

  it.each([
    ['no interpreter line', 'exec svlogd -tt ./main\n'],
    ['another interpreter', '#!/usr/bin/perl\nexec svlogd -tt ./main\n'],
    ['env as the interpreter', '#!/usr/bin/env sh\nexec svlogd -tt ./main\n'],
    ['a trace', '#!/bin/sh -x\nexec svlogd -tt ./main\n'],
    ['set -x', '#!/bin/sh\nset -x\nexec svlogd -tt ./main\n'],
    ['no exec', '#!/bin/sh\nsvlogd -tt ./main\n'],
    ['chpst', '#!/bin/sh\nexec chpst -u log svlogd -tt ./main\n'],
    ['a variable of the environment', '#!/bin/sh\nexec svlogd -tt "$HOME/log"\n'],
    ['a tilde', '#!/bin/sh\nexec svlogd -tt ~/log\n'],
    ['a glob', '#!/bin/sh\nexec svlogd -tt ./m*\n'],
    ['a question mark', '#!/bin/sh\nexec svlogd -tt ./m?\n'],
    ['braces', '#!/bin/bash\nexec svlogd -tt ./{a,b}\n'],
    ['a substitution', '#!/bin/sh\nexec svlogd -tt "$(pwd)"\n'],
    ['backquotes', '#!/bin/sh\nexec svlogd -tt "`pwd`"\n'],
    ['a redirection', '#!/bin/sh\nexec svlogd -tt ./main >out\n'],
    ['a pipe', '#!/bin/sh\nexec svlogd -tt ./main | cat\n'],
    ['a background', '#!/bin/sh\nexec svlogd -tt ./main &\n'],
    ['another command before it', '#!/bin/sh\necho hello\nexec svlogd -tt ./main\n'],
    ['an assignment for it', '#!/bin/sh\nTZ=UTC exec svlogd -tt ./main\n'],
    ['an assignment of PATH', '#!/bin/sh\nPATH=/x\nexec svlogd -tt ./main\n'],
    ['a value with blanks outside of quotes', "#!/bin/sh\nD='a b'\nexec svlogd $D\n"],
    ['a word after the line', '#!/bin/sh\nexec svlogd -tt \\\n ./main\n'],
    ['a command after it', '#!/bin/sh\nexec svlogd -tt ./main\necho no\n'],
    ['carriage returns', '#!/bin/sh\r\nexec svlogd -tt ./main\r\n'],
    ['cd to the home folder', '#!/bin/sh\ncd\nexec svlogd -tt ./main\n'],
    ['cd through CDPATH', '#!/bin/sh\ncd log\nexec svlogd -tt ./main\n'],
    ['cd back from a directory', '#!/bin/sh\ncd ./a/../b\nexec svlogd .\n'],
    ['cd back after cd', '#!/bin/sh\ncd ./a\ncd ..\nexec svlogd .\n'],
    ['a mode for mkdir', '#!/bin/sh\nmkdir -m 700 ./main\nexec svlogd -tt ./main\n'],
    ['an option of exec', '#!/bin/bash\nexec -a x svlogd -tt ./main\n'],
    ['another program', '#!/bin/sh\nexec mysvlogd -tt ./main\n'],
    ['a test of one and mkdir of another', '#!/bin/sh\n[ -d a ] || mkdir -p b\nexec svlogd b\n'],
    ['nothing', ''],
  ])('is not one with %s', (_, script) => {
    expect(readPlainLogRun(script)).toBe(undefined);
  });
});
