import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLayout, type Layout } from '../../src/layout/layout.ts';
import {
  foreignStarts,
  freshSessionFile,
  placeHook,
  removeHook,
  renderHook,
} from '../../src/scaffold/hook.ts';

const places = { home: '/home/ann', user: 'ann', env: {} };
const layout: Layout = defaultLayout(places, { shell: '/bin/sh', engine: 'bundled' });
const block = '# >>> homerun >>>\nHOOK\n# <<< homerun <<<\n';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (from: Uint8Array): string => new TextDecoder().decode(from);

/** The text with the block, as `HOOK` for short. */
function placed(before: string, kind: 'xinitrc' | 'xprofile' | 'river' | 'sway' = 'xinitrc'): string {
  const result = placeHook(bytes(before), block, kind, false);
  if (!result.ok) return result.why;
  expect(text(removeHook(result.bytes))).toBe(before);
  return text(result.bytes).replace(block, 'HOOK\n').replace(block.trimEnd(), 'HOOK');
}

describe('the hook in .xinitrc', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['goes before exec', 'xrdb ~/.X\nexec twm\n', 'xrdb ~/.X\nHOOK\nexec twm\n'],
    ['goes after the exports', 'export A=1\nB=2\n\nexec twm', 'export A=1\nB=2\n\nHOOK\nexec twm'],
    [
      'passes over an exec in a function',
      'f() {\n exec x\n}\nexec twm\n',
      'f() {\n exec x\n}\nHOOK\nexec twm\n',
    ],
    [
      'passes over a function of ksh',
      'function f\n{\nexec x\n}\nexec twm\n',
      'function f\n{\nexec x\n}\nHOOK\nexec twm\n',
    ],
    [
      'passes over an exec in a here-document',
      'cat >f <<E\nexec x\nE\nexec twm\n',
      'cat >f <<E\nexec x\nE\nHOOK\nexec twm\n',
    ],
    [
      'knows quoted ends and tabs',
      "cat <<-'E F'\nexec x\n\tE F\nexec twm\n",
      "cat <<-'E F'\nexec x\n\tE F\nHOOK\nexec twm\n",
    ],
    [
      'knows two here-documents',
      'cat <<A <<B\nexec 1\nA\nexec 2\nB\nexec twm\n',
      'cat <<A <<B\nexec 1\nA\nexec 2\nB\nHOOK\nexec twm\n',
    ],
    [
      'passes over an exec of redirections',
      'exec >~/.log 2>&1\nxset b\nexec twm\n',
      'exec >~/.log 2>&1\nxset b\nHOOK\nexec twm\n',
    ],
    [
      'passes over a subshell in the background',
      '(sleep 1; exec xterm) &\nexec twm\n',
      '(sleep 1; exec xterm) &\nHOOK\nexec twm\n',
    ],
    [
      'passes over exec in comments and quotes',
      '# exec no\necho "\nexec no\n"\nexec twm\n',
      '# exec no\necho "\nexec no\n"\nHOOK\nexec twm\n',
    ],
    [
      'goes before the case that execs',
      'a=1\ncase $1 in\n  i3) exec i3 ;;\n  *) exec twm ;;\nesac\n',
      'a=1\nHOOK\ncase $1 in\n  i3) exec i3 ;;\n  *) exec twm ;;\nesac\n',
    ],
    [
      'goes before the if that execs',
      'if [ -x twm ]; then\n  exec twm\nfi\nexec xterm\n',
      'HOOK\nif [ -x twm ]; then\n  exec twm\nfi\nexec xterm\n',
    ],
    [
      'goes before a list that execs',
      'a\n[ -x twm ] &&\n  exec twm\nexec xterm\n',
      'a\nHOOK\n[ -x twm ] &&\n  exec twm\nexec xterm\n',
    ],
    [
      'knows continued lines',
      'xset \\\n  b off\nexec \\\n  twm\n',
      'xset \\\n  b off\nHOOK\nexec \\\n  twm\n',
    ],
    ['knows options and variables', 'exec -a wm "$WM"\n', 'HOOK\nexec -a wm "$WM"\n'],
    ['knows assignments before it', 'A=1 exec twm\n', 'HOOK\nA=1 exec twm\n'],
    ['goes before a window manager without exec', 'xterm &\ntwm\n', 'xterm &\nHOOK\ntwm\n'],
    ['goes before one that is sourced', '. /etc/X11/Xsession\n', 'HOOK\n. /etc/X11/Xsession\n'],
    ['goes before what is waited for', 'twm &\nwait $!\n', 'twm &\nHOOK\nwait $!\n'],
    ['goes to the end of settings', 'export A=1\n', 'export A=1\nHOOK\n'],
    ['goes to the end without a last newline', 'export A=1', 'export A=1\nHOOK'],
    ['goes into an empty file', '', 'HOOK\n'],
    ['goes by the plain rule in what no shell could read', 'echo "\nexec twm\n', 'echo "\nHOOK\nexec twm\n'],
    [
      'knows loops',
      'for f in a b; do . "$f"; done\nwhile false; do :; done\nexec twm\n',
      'for f in a b; do . "$f"; done\nwhile false; do :; done\nHOOK\nexec twm\n',
    ],
    [
      'knows substitutions',
      'x=$(exec y; echo ")")\nz=`exec y`\nexec twm\n',
      'x=$(exec y; echo ")")\nz=`exec y`\nHOOK\nexec twm\n',
    ],
    [
      'knows tests and arithmetic',
      '[[ a < b && c > d ]] && (( n -= 5 ))\nexec twm\n',
      '[[ a < b && c > d ]] && (( n -= 5 ))\nHOOK\nexec twm\n',
    ],
  ];
  for (const [title, before, after] of cases) it(title, () => expect(placed(before)).toBe(after));

  it('keeps every byte outside the markers, whatever the bytes, and goes out again without a trace', () => {
    const line = fc.constantFrom(
      'exec twm',
      'f() {',
      '}',
      'if a; then',
      'fi',
      'cat <<E',
      'E',
      'exec >x',
      '# c',
      '',
      'a &',
      'case x in',
      'esac',
      'x) y;;',
      "'",
      '"',
      'é\u0000\r',
      '(',
      ')',
      '$(',
      '\\',
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.boolean(),
        fc.constantFrom('xinitrc', 'xprofile', 'sway'),
        (lines, ended, kind) => {
          const before = Uint8Array.from([
            ...bytes(lines.join('\n') + (ended ? '\n' : '')),
            ...(ended ? [] : [0xff]),
          ]);
          const result = placeHook(before, block, kind as 'xinitrc', false);
          if (!result.ok) throw new Error(result.why);
          expect(removeHook(result.bytes)).toEqual(before);
          const again = placeHook(result.bytes, block, kind as 'xinitrc', false);
          expect(again.ok && again.bytes).toEqual(result.bytes);
        },
      ),
      { numRuns: 400, seed: 20261129 },
    );
  });
});

describe('the hook put in again', () => {
  it('changes only what is between the markers', () => {
    const old = 'a\n# >>> homerun >>>\nOLD\n# <<< homerun <<<\nb\nexec twm\n';
    expect(placed(old.replace('# >>> homerun >>>\nOLD\n# <<< homerun <<<\n', ''))).toBe(
      'a\nb\nHOOK\nexec twm\n',
    );
    const result = placeHook(bytes(old), block, 'xinitrc', false);
    expect(result.ok && text(result.bytes)).toBe(`a\n${block}b\nexec twm\n`);
  });

  it('moves up from behind an exec, where it was never reached', () => {
    const result = placeHook(bytes(`a\nexec twm\n${block}`), block, 'xinitrc', false);
    expect(result.ok && text(result.bytes)).toBe(`a\n${block}exec twm\n`);
  });

  it('refuses markers that do not pair', () => {
    expect(placed('# >>> homerun >>>\nexec twm\n')).toBe('its homerun marker lines do not pair (line 1)');
    expect(placed(`${block}${block}`)).toBe('its homerun marker lines do not pair (lines 1, 3, 4, 6)');
  });

  it('refuses a script for another language', () => {
    const script = bytes('#!/usr/bin/env python3\nimport os\n');
    expect(placeHook(script, block, 'xinitrc', true)).toEqual({
      ok: false,
      why: 'it is a script for python3, not for a Bourne-like shell',
    });
    expect(placeHook(script, block, 'xinitrc', false).ok).toBe(true);
  });

  it('says where it is and what comes after it', () => {
    expect(placeHook(bytes('a\nexec twm\n'), block, 'xinitrc', false)).toMatchObject({
      line: 2,
      before: 'exec twm',
    });
  });
});

describe('the hook elsewhere', () => {
  it('goes to the end of what goes on and ends', () => {
    expect(placed('riverctl a\nriverctl b &\n', 'river')).toBe('riverctl a\nriverctl b &\nHOOK\n');
    expect(placed('export A=1\n', 'xprofile')).toBe('export A=1\nHOOK\n');
    expect(placed('exec foot\nbindsym x exec y\n', 'sway')).toBe('exec foot\nbindsym x exec y\nHOOK\n');
  });

  const rendered = (changes: Partial<Layout>, home = '/home/ann'): string => {
    const hook = renderHook({ ...layout, ...changes }, home);
    return hook.ok ? (hook.block.split('\n')[2] as string) : hook.why;
  };
  const runner = '/home/ann/.config/homerun/runsvdir_ann.sh';

  it('hangs on the process that becomes the window manager', () => {
    expect(rendered({})).toBe(`if [ -x ${runner} ]; then ${runner} --session $$ & fi`);
    expect(rendered({ keepRunning: true })).toBe(`if [ -x ${runner} ]; then ${runner} & fi`);
  });

  it('speaks the language of the compositor', () => {
    const file = '/x';
    expect(rendered({ session: { kind: 'sway', file } })).toBe(
      'exec ~/.config/homerun/runsvdir_ann.sh --session',
    );
    // i3 would show a clock in place of the pointer for a minute.
    expect(rendered({ session: { kind: 'i3', file } })).toBe(
      'exec --no-startup-id ~/.config/homerun/runsvdir_ann.sh --session',
    );
    expect(rendered({ session: { kind: 'hyprland', file } })).toBe(
      'exec-once = ~/.config/homerun/runsvdir_ann.sh --session',
    );
    expect(rendered({ session: { kind: 'river', file } })).toBe(
      `if [ -x ${runner} ]; then ${runner} --session & fi`,
    );
  });

  it('quotes the runner, and refuses what a configuration file cannot hold', () => {
    expect(rendered({ runner: "/home/a'b $x/r.sh" })).toBe(
      `if [ -x '/home/a'\\''b $x/r.sh' ]; then '/home/a'\\''b $x/r.sh' --session $$ & fi`,
    );
    expect(rendered({ runner: '/home/a b/r.sh', session: { kind: 'sway', file: '/x' } }, '/home/a b')).toBe(
      'exec ~/r.sh --session',
    );
    expect(rendered({ runner: '/mnt/a b/r.sh', session: { kind: 'sway', file: '/x' } })).toContain(
      'cannot be written',
    );
  });

  it('is put into a working session where there was none', () => {
    expect(freshSessionFile('xprofile', block)).toBe(block);
    expect(freshSessionFile('sway', block)).toBe(`include /etc/sway/config\n${block}`);
    expect(freshSessionFile('i3', block)).toBeUndefined();
    const file = freshSessionFile('xinitrc', block)!;
    const again = placeHook(bytes(file), block, 'xinitrc', false);
    expect(again.ok && text(again.bytes)).toBe(file);
  });

  it('finds lines that start a supervisor already', () => {
    expect(
      foreignStarts(
        bytes(
          `# runsvdir\n/d/bats/runsvdir/runsvdir_ann.sh &\n${block.replace('HOOK', 'runsvdir')}exec twm\n`,
        ),
      ),
    ).toEqual([2]);
  });
});
