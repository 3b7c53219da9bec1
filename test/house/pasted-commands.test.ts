/** Commands that a person is told to paste hold names and paths only as words of a shell (src/shell/words.ts). */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { homerunLine } from '../../src/shell/words.ts';

const SOURCES = ['src/doctor', 'src/cli', 'src/scaffold', 'src/everyday', 'src/plan'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file)),
);

/** A command as our texts spell it, up to the first value that is put in. */
const COMMAND =
  /\b(?:homerun [a-z-]+|svl [a-z]+|chmod [0-7ugoarwx+-]+|chown(?: -R)?(?: \$\{[^}]*\}:?)?|lsattr -d|mkdir(?: -p)?|rm|rmdir|mv|ln(?: -\w+)*(?: SCRIPT)?|cp|touch|cd|mount -o remount,exec|export \w+=)(?: --\w[\w-]*)* ?\$\{([^}]*)/g;

/** What quotes; a variable that holds a word; and a check's name, which needs no quotes. */
const QUOTED =
  /^(?:shellWords?|shellPath|showWord|homerunLine|svl)\(|^(?:word|value)$|^wrong\.map\(.*(?:shellPath|\{ fact )|^\(?findings\[0\]/;
/** What a script says is shown as it stands there. */
const EVIDENCE = 'src/doctor/checks/run-cd-missing.ts: cd ${directory.path';

describe('a command to paste', () => {
  it('has each name and path in it quoted, wherever homerun spells one', () => {
    const bare = SOURCES.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(COMMAND)]
        .filter(([, value]) => !QUOTED.test(value as string))
        .map(([text]) => `${file}: ${text}`),
    );
    expect(bare).toEqual([EVIDENCE]);
  });

  it('keeps a name that begins with a dash from being an option', () => {
    expect([
      homerunLine('doctor', ['mpd'], '--fix'),
      homerunLine('doctor', ['-x', "it's"], '--fix'),
      homerunLine('doctor', []),
      homerunLine('enable', ['a b', '$(reboot)']),
    ]).toEqual([
      'homerun doctor mpd --fix',
      "homerun doctor --fix -- -x 'it'\\''s'",
      'homerun doctor',
      "homerun enable 'a b' '$(reboot)'",
    ]);
  });

  it('is those words to a shell, whatever the names hold', () => {
    const names = ['-x', "it's", '"q"', '$HOME', '`id`', 'a\\b', 'ä b', '*', '~', '#', ';'];
    const line = homerunLine('enable', names);
    const { stdout } = spawnSync('sh', ['-c', `homerun() { printf '%s\\n' "$@"; }\n${line}`], {
      encoding: 'utf8',
    });
    expect(stdout.trimEnd().split('\n')).toEqual(['enable', '--', ...names]);
  });
});
