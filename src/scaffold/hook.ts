/**
 * The hook: a few lines in the user's session file, between two marker lines, that start the runner. Every byte
 * outside the markers stays. Pure: bytes in, bytes out; the bytes are read as Latin-1, so none is lost.
 */
import { basename } from 'node:path';
import { HOOK_BEGIN, HOOK_END } from '../layout/hook-markers.ts';
import type { Layout, SessionKind } from '../layout/layout.ts';
import { isShell } from '../shell/shebang.ts';
import { readStatements } from '../shell/statements.ts';
import { shellWord } from '../shell/words.ts';

/** How a session file is read, and what it becomes when there is none yet. */
interface SessionFile {
  /** `shell`: a script that becomes the window manager; `sourced` and `commands`: it goes on and ends. */
  readonly language: 'session-script' | 'script' | 'sway' | 'hyprland';
  /** What starts a program in a file that is no script. i3 would show a clock for a minute until a window opens. */
  readonly start?: string;
  /** Below the home folder; `$CONFIG/` is $XDG_CONFIG_HOME. */
  readonly file: string;
  /** The lines around the hook in a new file; undefined: homerun does not make this file. */
  readonly fresh?: { readonly before: string; readonly after: string };
  /** Why homerun does not make it, and what to do. */
  readonly missing?: string;
  /** The process whose end is the session's end is this script's own (it becomes the window manager). */
  readonly ownProcess: boolean;
}

const FALLBACK = `for wm in x-session-manager x-window-manager openbox-session i3 fluxbox icewm-session jwm fvwm3 fvwm2 cwm twm xterm; do
	command -v "$wm" >/dev/null && exec "$wm"
done
`;

export const SESSION_FILES: Readonly<Record<Exclude<SessionKind, 'none'>, SessionFile>> = {
  xinitrc: {
    language: 'session-script',
    file: '.xinitrc',
    ownProcess: true,
    fresh: {
      before: '#!/bin/sh\n# What startx runs.\n',
      after: `# Without this file startx would run the system's: so does this one, from here on.
[ -r /etc/X11/xinit/xinitrc ] && . /etc/X11/xinit/xinitrc
${FALLBACK}`,
    },
  },
  xsession: {
    language: 'session-script',
    file: '.xsession',
    ownProcess: true,
    fresh: { before: '#!/bin/sh\n# What the display manager runs as the session.\n', after: FALLBACK },
  },
  xprofile: {
    language: 'script',
    file: '.xprofile',
    ownProcess: true,
    fresh: { before: '', after: '' },
  },
  river: {
    language: 'script',
    file: '$CONFIG/river/init',
    ownProcess: false,
    missing: 'river does nothing useful without it: copy its example first',
  },
  labwc: {
    language: 'script',
    file: '$CONFIG/labwc/autostart',
    ownProcess: false,
    fresh: { before: '[ -r /etc/xdg/labwc/autostart ] && . /etc/xdg/labwc/autostart\n', after: '' },
  },
  sway: {
    language: 'sway',
    start: 'exec',
    file: '$CONFIG/sway/config',
    ownProcess: false,
    fresh: { before: 'include /etc/sway/config\n', after: '' },
  },
  i3: {
    language: 'sway',
    start: 'exec --no-startup-id',
    file: '$CONFIG/i3/config',
    ownProcess: false,
    missing: "i3 would then ignore the system's: copy /etc/i3/config first",
  },
  hyprland: {
    language: 'hyprland',
    start: 'exec-once =',
    file: '$CONFIG/hypr/hyprland.conf',
    ownProcess: false,
    missing: 'Hyprland would then not write its own: start it once first',
  },
};

export type HookText =
  | { readonly ok: true; readonly block: string }
  | { readonly ok: false; readonly why: string };

/** The lines between (and with) the markers, each with its newline. */
export function renderHook(layout: Layout, home: string): HookText {
  if (layout.session.kind === 'none') return { ok: false, why: 'there is no session file' };
  const { language, ownProcess, start } = SESSION_FILES[layout.session.kind];
  const says = layout.keepRunning
    ? '# Your services start here, once; they outlive this session.'
    : '# Your services start here, once, and end with this session.';
  let line: string;
  if (language === 'session-script' || language === 'script') {
    const runner = shellWord(layout.runner);
    const session = layout.keepRunning ? '' : ownProcess ? ' --session $$' : ' --session';
    line = `if [ -x ${runner} ]; then ${runner}${session} & fi`;
  } else {
    // These programs have quoting rules of their own; then `sh -c` gets the line.
    const short = layout.runner.startsWith(`${home}/`)
      ? `~${layout.runner.slice(home.length)}`
      : layout.runner;
    if (!/^~?[A-Za-z0-9_@%+:./-]+$/.test(short)) {
      return {
        ok: false,
        why: `${layout.runner}: a path with such characters cannot be written in this configuration file`,
      };
    }
    const session = layout.keepRunning ? '' : ' --session';
    line = `${start} ${short}${session}`;
  }
  return { ok: true, block: `${HOOK_BEGIN}\n${says}\n${line}\n${HOOK_END}\n` };
}

function toLatin(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function fromLatin(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export type FoundHook =
  | { readonly kind: 'none' }
  /** Offsets in the text, the newline at the end included. */
  | { readonly kind: 'block'; readonly start: number; readonly end: number }
  | { readonly kind: 'broken'; readonly why: string };

/** Where the block is in a text. */
function findBlock(text: string): FoundHook {
  const at = (marker: string): number[] =>
    [...text.matchAll(new RegExp(`^${marker}$`, 'gm'))].map((match) => match.index);
  const begins = at(HOOK_BEGIN);
  const ends = at(HOOK_END);
  if (begins.length === 0 && ends.length === 0) return { kind: 'none' };
  const [start] = begins;
  const [endLine] = ends;
  if (
    start === undefined ||
    endLine === undefined ||
    begins.length > 1 ||
    ends.length > 1 ||
    endLine < start
  ) {
    const lines = [...begins, ...ends].map((offset) => text.slice(0, offset).split('\n').length);
    return {
      kind: 'broken',
      why: `its homerun marker lines do not pair (line${lines.length > 1 ? 's' : ''} ${lines.sort((a, b) => a - b).join(', ')})`,
    };
  }
  let end = endLine + HOOK_END.length;
  if (text[end] === '\n') end++;
  return { kind: 'block', start, end };
}

/** Whether a session file has the hook. */
export function findHook(bytes: Uint8Array): FoundHook {
  return findBlock(toLatin(bytes));
}

/** Takes the block out: the bytes are then as they were before it was put in. Without one, the same bytes. */
export function removeHook(bytes: Uint8Array): Uint8Array {
  const text = toLatin(bytes);
  const found = findBlock(text);
  if (found.kind !== 'block') return bytes;
  let { start } = found;
  // At the end of a file without a last newline the block brought the newline before it along.
  if (text[found.end - 1] !== '\n' && start > 0) start--;
  return fromLatin(text.slice(0, start) + text.slice(found.end));
}

export type PlacedHook =
  | {
      readonly ok: true;
      readonly bytes: Uint8Array;
      readonly line: number;
      readonly before: string | undefined;
    }
  | { readonly ok: false; readonly why: string };

/** The line (from 0) before which the hook belongs in a script; `undefined`: at the end. */
function lineForHook(text: string, language: SessionFile['language']): number | undefined {
  const statements = readStatements(text);
  if (statements === undefined) {
    // Not understood: the plain rule.
    const line = text.split('\n').findIndex((each) => /^\s*exec\s+[^\s<>&\d]/.test(each));
    return line === -1 ? undefined : line;
  }
  const exec = statements.find((statement) => statement.execs);
  if (exec !== undefined) return exec.first - 1;
  if (language !== 'session-script') return undefined;
  // No exec: the last command that is waited for is the window manager; what only waits for it is not it.
  const real = statements.filter((statement) => statement.kind === 'command' && statement.word !== 'exit');
  const last = real.at(-1);
  return last === undefined || last.background ? undefined : last.first - 1;
}

/**
 * Puts the block into a session file, or renews the one that is there. One that stands at a good place stays there;
 * one behind the first `exec` is never reached, so it moves.
 *
 * @param bytes the file as it is
 * @param executable whether its `#!` line counts (xinit runs a file without the x bit by sh)
 * @returns the new bytes, the line (from 1) of the block and the text of the line after it; or why it cannot be done
 */
export function placeHook(
  bytes: Uint8Array,
  block: string,
  kind: Exclude<SessionKind, 'none'>,
  executable: boolean,
): PlacedHook {
  const text = toLatin(bytes);
  const found = findBlock(text);
  if (found.kind === 'broken') return { ok: false, why: found.why };
  const { language } = SESSION_FILES[kind];
  const script = language === 'session-script' || language === 'script';
  const interpreter = /^#![ \t]*(?:\S*\/env[ \t]+)?(\S+)/.exec(text)?.[1];
  if (script && executable && interpreter !== undefined && !isShell(basename(interpreter))) {
    return { ok: false, why: `it is a script for ${interpreter}, not for a Bourne-like shell` };
  }
  const latin = toLatin(new TextEncoder().encode(block));
  const bare = found.kind === 'block' ? toLatin(removeHook(bytes)) : text;
  const wanted = script ? lineForHook(bare, language) : undefined;

  let offset: number;
  if (found.kind === 'block' && (wanted === undefined || found.start <= offsetOfLine(bare, wanted))) {
    offset = Math.min(found.start, bare.length);
  } else {
    offset = wanted === undefined ? bare.length : offsetOfLine(bare, wanted);
  }
  const head = bare.slice(0, offset);
  const tail = bare.slice(offset);
  const unended = tail === '' && head !== '' && !head.endsWith('\n');
  const next = unended ? `${head}\n${latin.slice(0, -1)}` : head + latin + tail;
  return {
    ok: true,
    bytes: fromLatin(next),
    line: (unended ? `${head}\n` : head).split('\n').length,
    before: tail === '' ? undefined : tail.split('\n', 1)[0],
  };
}

function offsetOfLine(text: string, line: number): number {
  let offset = 0;
  for (let count = 0; count < line; count++) {
    const next = text.indexOf('\n', offset);
    if (next === -1) return text.length;
    offset = next + 1;
  }
  return offset;
}

/** Lines (from 1) outside the block that start a supervisor themselves: the document's way, or a runner of old. */
export function foreignStarts(bytes: Uint8Array): readonly number[] {
  const lines = toLatin(removeHook(bytes)).split('\n');
  return lines.flatMap((line, index) => (/^[^#]*\brunsvdir/.test(line) ? [index + 1] : []));
}

/** A session file that was not there: the block, with what makes it a working session around it. */
export function freshSessionFile(kind: Exclude<SessionKind, 'none'>, block: string): string | undefined {
  const { fresh } = SESSION_FILES[kind];
  return fresh === undefined ? undefined : `${fresh.before}${block}${fresh.after}`;
}
