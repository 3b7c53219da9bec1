/** A survey for people: the tree of what is made, the diffs of what changes, and the shell commands that would do it. Pure. */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { shellWord } from '../shell/words.ts';
import { permissions } from './see.ts';
import type { Change, Survey } from './survey.ts';

export interface PreviewStyle {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  cyan(text: string): string;
}

const plain = (text: string): string => text;
export const PLAIN_STYLE: PreviewStyle = { bold: plain, dim: plain, red: plain, green: plain, cyan: plain };

/** `~/bin/svl` for a path below the home folder. */
export function tilde(path: string, home: string): string {
  if (path === home) return '~';
  return home !== '/' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

export function octal(mode: number): string {
  return permissions(mode).toString(8).padStart(4, '0');
}

function decode(contents: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(contents);
  } catch {
    return undefined;
  }
}

/** What the tree says behind a name: ` -> TARGET` for a link, and a word. */
interface Note {
  readonly arrow: string;
  readonly word: string;
  readonly tone: 'new' | 'changed' | 'removed';
  readonly directory: boolean;
}

interface Node {
  readonly name: string;
  note: Note | undefined;
  readonly children: Map<string, Node>;
}

function noteOf(change: Change, home: string): readonly [path: string, note: Note] {
  const file = { arrow: '', directory: false };
  switch (change.kind) {
    case 'make-directory':
      return [change.path, { ...file, word: 'new', tone: 'new', directory: true }];
    case 'make-link':
      return [change.path, { ...file, arrow: ` -> ${tilde(change.target, home)}`, word: 'new', tone: 'new' }];
    case 'write': {
      const mode = change.mode ?? change.before?.mode;
      const executable = mode !== undefined && (mode & 0o100) !== 0 ? ', executable' : '';
      const tone = change.before === undefined ? 'new' : 'changed';
      return [change.path, { ...file, word: `${tone}${executable}`, tone }];
    }
    case 'chmod':
      return [
        change.path,
        { ...file, word: `mode ${octal(change.before)} becomes ${octal(change.mode)}`, tone: 'changed' },
      ];
    case 'rename':
      return [change.to, { ...file, word: `moved from ${tilde(change.from, home)}`, tone: 'changed' }];
    case 'remove':
      return [change.path, { ...file, word: 'removed', tone: 'removed' }];
  }
}

/** The changed places as a tree, `~` at the top. */
export function formatTree(found: Survey, home: string, style: PreviewStyle = PLAIN_STYLE): string {
  const roots = new Map<string, Node>();
  for (const change of found.changes) {
    const [path, note] = noteOf(change, home);
    const short = tilde(path, home);
    const first = short.startsWith('~') ? '~' : '/';
    let node = roots.get(first) ?? { name: first, note: undefined, children: new Map<string, Node>() };
    roots.set(first, node);
    for (const part of short.slice(1).split('/')) {
      if (part === '') continue;
      const child: Node = node.children.get(part) ?? { name: part, note: undefined, children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    // A file that one plan makes and then changes again is simply new.
    if (node.note?.tone !== 'new') node.note = note;
  }
  const colours = { new: style.green, changed: style.cyan, removed: style.red };
  const paint = (node: Node): string => {
    const slash = node.note?.directory === true || node.children.size > 0 ? '/' : '';
    if (node.note === undefined) return `${node.name}${slash}`;
    return `${node.name}${slash}${node.note.arrow}  ${colours[node.note.tone](node.note.word)}`;
  };
  const lines: string[] = [];
  const walk = (node: Node, indent: string): void => {
    const children = [...node.children.values()];
    for (const [index, child] of children.entries()) {
      const last = index === children.length - 1;
      lines.push(`${style.dim(`${indent}${last ? '└─ ' : '├─ '}`)}${paint(child)}`);
      walk(child, `${indent}${last ? '   ' : '│  '}`);
    }
  };
  for (const root of roots.values()) {
    lines.push(root.name);
    walk(root, '');
  }
  return lines.join('\n');
}

/** The unified diff of one written file (a new one against nothing); a word for what is no text. */
export function formatDiff(change: Change, home: string, style: PreviewStyle = PLAIN_STYLE): string {
  if (change.kind !== 'write') return '';
  const before = change.before === undefined ? '' : decode(change.before.contents);
  const after = decode(change.contents);
  const name = tilde(change.path, home);
  if (before === undefined || after === undefined) {
    return `${name}: not text, ${change.contents.length} bytes`;
  }
  const patch = createTwoFilesPatch(
    change.before === undefined ? '/dev/null' : name,
    name,
    before,
    after,
    undefined,
    undefined,
    { context: 3, headerOptions: FILE_HEADERS_ONLY },
  );
  return patch
    .split('\n')
    .map((line) => {
      if (line.startsWith('---') || line.startsWith('+++')) return style.bold(line);
      if (line.startsWith('@@')) return style.cyan(line);
      if (line.startsWith('+')) return style.green(line);
      if (line.startsWith('-')) return style.red(line);
      return line;
    })
    .join('\n')
    .trimEnd();
}

/** The diffs of files that exist already. */
export function formatDiffs(found: Survey, home: string, style: PreviewStyle = PLAIN_STYLE): string {
  return found.changes
    .filter((change) => change.kind === 'write' && change.before !== undefined)
    .map((change) => formatDiff(change, home, style))
    .join('\n\n');
}

/** Every file with its contents, or its diff: what `--dry-run` prints. */
export function formatContents(found: Survey, home: string, style: PreviewStyle = PLAIN_STYLE): string {
  return found.changes
    .filter((change) => change.kind === 'write')
    .map((change) => formatDiff(change, home, style))
    .join('\n\n');
}

/** One change as the command that a person would type. */
export function shellCommand(change: Change): string {
  switch (change.kind) {
    case 'make-directory':
      return change.mode === undefined
        ? `mkdir ${shellWord(change.path)}`
        : `mkdir -m ${octal(change.mode)} ${shellWord(change.path)}`;
    case 'make-link':
      return `ln -s ${shellWord(change.target)} ${shellWord(change.path)}`;
    case 'write':
      return `cat > ${shellWord(change.path)}`;
    case 'chmod':
      return `chmod ${octal(change.mode)} ${shellWord(change.path)}`;
    case 'rename':
      return `mv ${shellWord(change.from)} ${shellWord(change.to)}`;
    case 'remove':
      return change.before.kind === 'directory'
        ? `rm -r ${shellWord(change.path)}`
        : `rm ${shellWord(change.path)}`;
  }
}

/** For --json: one object a change; contents as text where they are text, else in base64. */
export function toJson(found: Survey): readonly Record<string, unknown>[] {
  return found.changes.map(changeToJson);
}

function changeToJson(change: Change): Record<string, unknown> {
  switch (change.kind) {
    case 'make-directory':
      return {
        action: 'mkdir',
        path: change.path,
        ...(change.mode === undefined ? {} : { mode: octal(change.mode) }),
      };
    case 'make-link':
      return { action: 'symlink', path: change.path, target: change.target };
    case 'write': {
      const text = decode(change.contents);
      const mode = change.mode ?? change.before?.mode;
      return {
        action: 'write',
        path: change.path,
        exists: change.before !== undefined,
        ...(mode === undefined ? {} : { mode: octal(mode) }),
        ...(text === undefined
          ? { base64: btoa(String.fromCharCode(...change.contents)) }
          : { contents: text }),
      };
    }
    case 'chmod':
      return { action: 'chmod', path: change.path, mode: octal(change.mode), was: octal(change.before) };
    case 'rename':
      return { action: 'rename', from: change.from, to: change.to };
    case 'remove':
      return { action: 'remove', path: change.path };
  }
}
