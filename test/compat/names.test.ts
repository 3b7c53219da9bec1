/** Names that are no text (bytes that are no UTF-8, quotes, newlines): all five programs beside C's. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../setup/needs.ts';
import { removeFolder } from '../setup/remove-folder.ts';

const FOLDERS = ['/usr/bin', resolve('runit')] as const;

/** What every script has: $n is the name; `told FILE` waits for the end of the message with the name in it. */
const PRELUDE = String.raw`
exec 2>&1 # one pipe: what comes through two has no order
n=$(printf '\303\251\377\376 \047"$x\140\\*%%s\nend')
deadline=$(($(date +%s) + 60))
told() { until grep -qas '^end.*: .' "$1"; do [ $(date +%s) -lt $deadline ] || exit 99; sleep 0.05; done; }
is() { until grep -q "$1" "$2" 2>/dev/null; do [ $(date +%s) -lt $deadline ] || exit 99; sleep 0.05; done; }
runs() { until SVDIR=sd /usr/bin/sv status "$1" | grep -q ^run; do [ $(date +%s) -lt $deadline ] || exit 99; sleep 0.05; done; }
`;

/** Runs a script of bash in an empty folder with one kind of programs first in PATH; its output with bytes as characters. */
function play(folder: string, script: string): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'homerun-names-'));
  chmodSync(root, 0o755);
  return new Promise<string>((done, failed) => {
    const child = spawn('bash', ['-c', `${PRELUDE}${script}`], {
      cwd: root,
      detached: true,
      env: { PATH: `${folder}:/usr/bin:/bin:${dirname(process.execPath)}`, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('latin1').on('data', (part: string) => {
      text += part;
    });
    child.on('error', failed);
    child.on('close', (code) => {
      try {
        process.kill(-(child.pid as number), 'SIGKILL');
      } catch {
        // All of them have ended.
      }
      done(`${text.replaceAll(folder, 'FOLDER')}[exit ${code}]`);
    });
  }).finally(() => removeFolder(root));
}

const SCRIPTS: Readonly<Record<string, string>> = {
  runsv: `
    mkdir -p "sd/$n"; echo x >"sd/$n/run"
    runsv "sd/$n" 2>out & told out; kill $!; wait $!; echo $?
    head -n 2 out; grep . "sd/$n/supervise/stat"; runsv "x$n" 2>&1; echo $?`,
  runsvdir: `
    mkdir -p "sd/$n"; echo x >"sd/$n/run"
    runsvdir sd 2>out & told out; kill -HUP $!; wait $!; echo $?
    head -n 2 out; is "^down$" "sd/$n/supervise/stat"
    mkdir "$n"; mkdir "$n/s"; echo x >"$n/s/run"; chmod 000 "$n"
    setpriv --reuid=65534 --regid=65534 --clear-groups runsvdir "$n" 2>out2 & told out2; kill $!; wait $!; head -n 2 out2`,
  sv: `
    mkdir -p "sd/$n"; printf '#!/bin/sh\\nexec sleep 1000\\n' >"sd/$n/run"; chmod +x "sd/$n/run"
    (cd sd; exec /usr/bin/runsv "$n") & runs "$n"
    ok() { SVDIR=sd sv "$@" | sed 's/pid [0-9]*/pid N/; s/) [0-9]*s/) Ts/'; }
    ok status "$n" "x$n"; ok status "sd/$n/" "./sd/$n"; ok -v up "$n"
    printf '#!/bin/sh\\n' >"sd/$n/check"; ok check "$n" 2>&1; ok exit "$n"; wait $!; ok status "$n"
    SVDIR="x$n" sv status a; sv "$n" a; SVDIR="sd/$n/.." sv status "$n"`,
  svlogd: `
    mkdir "$n"; printf 's30\\n' >"$n/config"
    printf 'a\\nb\\n%50s\\nccc\\n' x | svlogd -l 20 -v "$n" "x$n" 2>&1 | sed 's/@[0-9a-f]*/@/'
    ls "$n" | wc -l; cat "$n/current"; printf 'p%s\\n' "$n" >"$n/config"; printf 'a\\nb\\n' | svlogd "$n"
    printf 'l\\377ine\\n' | svlogd "-r$(printf '\\376')" "$n"; printf 'l\\377ine\\n' | svlogd -r_ "-R$(printf 'e')" "$n"; cat "$n/current"`,
  chpst: `
    mkdir "$n"; printf 'v\\377\\n' >"$n/$(printf 'V\\377')"; chpst -e "$n" env | grep -a '^V'; chpst -e "x$n" true
    chpst -b "$n" sh -c 'tr "\\0" + </proc/$$/cmdline'; chpst "$n"; chpst -l "$n/l" true; ls "$n" | wc -l
    chpst -l "x$n/l" true; chpst -u "$n" true; X="$n" chpst sh -c 'echo "$X"'; chpst echo "$n"
    mkdir links; ln -s "$(command -v chpst)" links/envdir; ln -s "$(command -v chpst)" "links/$n"
    links/envdir "$n" env | grep -a '^V'; "links/$n"; "links/$n" -q; PATH=$PWD/links:$PATH "$n" -u "$n" true
    mkdir "$n/sub"; chpst -v -e "$n" true`,
};

const programs = ['runsv', 'runsvdir', 'sv', 'svlogd', 'chpst', 'setpriv'];

describe.skipIf(!needs(...programs))('names that are no text', () => {
  it.concurrent.each(Object.entries(SCRIPTS))('%s takes and shows them as C does', async (_, script) => {
    const [c, ours] = await Promise.all(FOLDERS.map((folder) => play(folder, script)));
    expect(ours).toBe(c);
    // The name is in it, every byte as it is.
    expect(c).toContain('\xc3\xa9\xff\xfe \'"$x`\\*%s\nend');
    expect(c).toMatch(/\[exit [0-9]{1,2}\]$/);
    expect(c).not.toMatch(/\[exit 99\]$/);
  });
});
