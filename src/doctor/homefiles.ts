/** The scripts around the tree: svl, the runner, and the session files with the line that starts the runner. Pure. */
import { join } from 'node:path';
import type { Started } from '../shell/meaning.ts';
import { environmentOf } from './environment.ts';
import { type Meaning, readMeaning } from './meaning.ts';
import type { ScriptFact, Snapshot } from './snapshot.ts';
import { pathOf } from './tree.ts';
import { quote } from './words.ts';

/** The script at a path, links followed. */
export function scriptAt(snapshot: Snapshot, path: string): ScriptFact | undefined {
  return snapshot.scripts[path] ?? snapshot.scripts[pathOf(snapshot, path).real ?? path];
}

/** The line of a session file that starts the runner (or runsvdir). */
export interface Hook {
  readonly file: string;
  readonly script: ScriptFact;
  /** Counted from 1. */
  readonly line: number;
  /** The whole line. */
  readonly text: string;
  /** The command, when the file is read as a shell script. */
  readonly started: Started | null;
  readonly meaning: Meaning;
}

const SHELL_SESSION =
  /(^|\/)\.(xinitrc|xsession|Xsession|xsessionrc|xprofile|profile|bash_profile|bash_login|zprofile|zlogin)$|\/(init|autostart)$/;

/** Files that a shell reads, though most have no `#!`. */
export function isShellSession(path: string): boolean {
  return SHELL_SESSION.test(path);
}

/** Read as a shell script even without `#!`: session files are. */
export function sessionMeaning(snapshot: Snapshot, script: ScriptFact): Meaning {
  const text = script.text.startsWith('#!') ? script.text : `#!/bin/sh\n${script.text}`;
  return readMeaning({ ...script, text }, snapshot.who.home, environmentOf(snapshot));
}

/** Lines that the reading of a file without `#!` is ahead by. */
function ahead(script: ScriptFact): number {
  return script.text.startsWith('#!') ? 0 : 1;
}

/** A path with `runsvdir` in its name that stands as a word of a line: `/d/bats/runsvdir/runsvdir_slitt.sh &`. */
const RUNNER =
  /(?:^|[\s;&(])(?:exec\s+)?((?:~|\$HOME|\$\{HOME\})?\/[^\s;&|<>()'"$]*runsvdir[^\s;&|<>()'"$/]*)/;

/** The runner that a line of a session file names; undefined for runsvdir itself. */
export function runnerNamed(line: string, home: string): string | undefined {
  const word = /^\s*#/.test(line) ? undefined : RUNNER.exec(line)?.[1];
  if (word === undefined || /\/runsvdir$/.test(word)) return undefined;
  return word.replace(/^(~|\$HOME|\$\{HOME\})/, home);
}

/** The runner: homerun's own, or that of a tree made by hand, which the session's hook names. */
export function runnerOf(snapshot: Snapshot): string {
  const { layout, configured, who } = snapshot;
  if (configured) return layout.runner;
  const named = hooksOf(snapshot).flatMap((hook) => runnerNamed(hook.text, who.home) ?? []);
  return named[0] ?? layout.runner;
}

/** Every session file's line that names the runner. */
export function hooksOf(snapshot: Snapshot): readonly Hook[] {
  const { layout, who } = snapshot;
  const runner = layout.runner;
  const name = runner.split('/').pop() as string;
  return Object.values(snapshot.scripts).flatMap((script) => {
    if (script.path === runner || script.path === layout.svl || !script.path.startsWith(`${who.home}/`))
      return [];
    if (script.path.startsWith(`${layout.serviceAll}/`)) return [];
    const known =
      isShellSession(script.path) ||
      /\/(config|hyprland\.conf)$/.test(script.path) ||
      script.path === layout.session.file;
    if (!known) return [];
    const meaning = sessionMeaning(snapshot, script);
    const lines = script.text.split('\n');
    const at = lines.findIndex(
      (line) => !/^\s*(#|\/\/)/.test(line) && (line.includes(name) || /\brunsvdir\b/.test(line)),
    );
    if (at < 0) return [];
    const started = meaning.started.find((each) => each.line - ahead(script) === at + 1) ?? null;
    return [{ file: script.path, script, line: at + 1, text: lines[at] as string, started, meaning }];
  });
}

/** The first `exec` of a program in a session file that ends the reading: not in a function, not in a condition. */
export function firstExec(hook: Pick<Hook, 'meaning' | 'script'>): Started | undefined {
  return hook.meaning.started.find(
    (each) =>
      each.exec && each.command.inFunction === null && each.command.inside.length === 0 && !each.background,
  );
}

/** The line in the file of a command that was read from it. */
export function lineOf(script: ScriptFact, started: Started): number {
  return started.line - ahead(script);
}

/** A minimal svl: what the document means it to be. */
export function plainSvl(snapshot: Snapshot): string {
  const { layout, bundled } = snapshot;
  const sv = layout.engine === 'bundled' ? quote(join(bundled, 'sv')) : 'sv';
  return [
    `#!${layout.shell}`,
    `SVDIR=${quote(layout.serviceDir)}`,
    'export SVDIR',
    `[ "$#" -gt 0 ] || exec ${sv} status "$SVDIR"/*`,
    `exec ${sv} "$@"`,
    '',
  ].join('\n');
}

/** The service directory that svl names: SVDIR=, svpath= or the like. */
export function serviceDirOfSvl(
  snapshot: Snapshot,
): { readonly path: string; readonly raw: string; readonly line: number } | null {
  const script = scriptAt(snapshot, snapshot.layout.svl);
  if (script === undefined || script.binary) return null;
  const lines = script.text.split('\n');
  for (const [at, line] of lines.entries()) {
    if (/^\s*#/.test(line)) continue;
    const match = /\b(?:SVDIR|svpath|svdir)=('[^']*'(?:\\''[^']*')*|"[^"]*"|[^"'\s;]+)/.exec(line);
    if (match === null) continue;
    const word = match[1] as string;
    const single = word.startsWith("'");
    const raw = /^["']/.test(word) ? word.slice(1, -1) : word;
    // As homerun writes it: in single quotes every byte stands for itself, and '\'' for a quote.
    if (single) {
      const path = raw.replaceAll("'\\''", "'");
      return path.startsWith('/') ? { path: path.replace(/\/+$/, ''), raw, line: at + 1 } : null;
    }
    const path = raw.replace(/^~(?=\/|$)|^\$\{?HOME\}?(?=\/|$)/, snapshot.who.home);
    if (!path.startsWith('/') || /[$`]/.test(path)) return null;
    return { path: path.replace(/\/+$/, ''), raw, line: at + 1 };
  }
  return null;
}
