/** Runs C's svlogd and ours on the same input and directories, and shows what each has made, stamps normalised. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { logText } from '../setup/log-content.ts';
import { removeFolder } from '../setup/remove-folder.ts';

export const OURS = resolve('runit/svlogd');

/** C's, which is first on the PATH of a machine that has runit. */
export const THEIRS = ['/usr/bin/svlogd', '/usr/sbin/svlogd', '/bin/svlogd'].find(existsSync) ?? 'svlogd';

export interface Case {
  readonly args: readonly string[];
  /** What comes in through a pipe; byte strings. */
  readonly input?: string;
  /** A command for sh whose output is the input instead; `$0` is a folder of its own for each program. */
  readonly feed?: string;
  /** Log directories (default `log`) with the texts of their files. */
  readonly directories?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Changes the folder before svlogd starts. */
  readonly prepare?: (folder: string) => void;
  /** Runs after the program was started with its process group's shell; it ends when stdin ends or it is told to. */
  readonly during?: (run: Running) => Promise<void>;
  /** Run as this user and group. */
  readonly uid?: number;
  /** Take stdin from a file, not through a pipe. */
  readonly fromFile?: boolean;
}

export interface Running {
  readonly folder: string;
  readonly child: ChildProcess;
  /** The text that the log's files have together, in the order of time. */
  all(directory?: string): string;
  stderr(): string;
}

export interface Made {
  readonly status: number | string | null;
  readonly stderr: string;
  /** PATH: mode and content of each file; old logs are numbered in their order. */
  readonly files: Record<string, string>;
}

const LABEL = /@[0-9a-f]{24}/g;
const DATE = /[0-9]{4}-[0-9]{2}-[0-9]{2}([T_])[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{5}/g;

/** A text without what differs from run to run. */
function normalise(text: string, folder: string, names: Map<string, string>): string {
  return text
    .replaceAll(folder, 'FOLDER')
    .replace(LABEL, (label) => names.get(label) ?? '@LABEL')
    .replace(DATE, 'DATE$1');
}

function list(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => [
      prefix + entry.name,
      ...(entry.isDirectory() ? list(join(folder, entry.name), `${prefix}${entry.name}/`) : []),
    ]);
}

/** A rotation may cut a stamp in two: its parts at the end of one file and the beginning of the next. */
function maskCutStamps(text: string): string {
  return text
    .replace(/^[-_T:.0-9a-f]{1,24} /, (part) => '#'.repeat(part.length))
    .replace(/(?<=\n)[-_T:.0-9a-f@]{1,24}$/, (part) => '#'.repeat(part.length));
}

/** Stands for a large text. */
function digest(text: string): string {
  return `${text.length} bytes, ${createHash('sha256').update(text, 'latin1').digest('hex')}`;
}

/** Everything below a folder, for comparison. */
export function show(folder: string): { files: Record<string, string>; names: Map<string, string> } {
  const paths = list(folder);
  const names = new Map<string, string>();
  for (const path of paths) {
    const label = /@[0-9a-f]{24}/.exec(path)?.[0];
    if (label !== undefined && !names.has(label)) names.set(label, `@${names.size}`);
  }
  const files: Record<string, string> = {};
  for (const path of paths) {
    const stat = lstatSync(join(folder, path));
    const text = stat.isFile() ? readFileSync(join(folder, path), 'latin1') : '';
    const normal = maskCutStamps(normalise(text, folder, names));
    const content = normal.length > 200_000 ? digest(normal) : normal;
    const kind = stat.isFile() ? '' : stat.isDirectory() ? 'directory' : 'other';
    files[normalise(path, folder, names)] = `${(stat.mode & 0o7777).toString(8)} ${kind}${content}`;
  }
  return { files, names };
}

const folders: string[] = [];
const children: ChildProcess[] = [];

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'svlogd-'));
  folders.push(folder);
  return folder;
}

/** Ends what the cases have started and removes their folders: for afterEach. */
export function cleanUp(): void {
  for (const child of children.splice(0)) {
    if (child.pid === undefined || child.exitCode !== null) continue;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  for (const folder of folders.splice(0)) removeFolder(folder);
}

/** Runs one of the programs in a folder of its own that is there already or is made. */
export async function run(program: string, what: Case, folder = makeFolder()): Promise<Made> {
  for (const [name, files] of Object.entries(what.directories ?? { log: {} })) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text, 'latin1');
  }
  const inputFile = `${folder}.input`;
  folders.push(inputFile);
  writeFileSync(inputFile, what.input ?? '', 'latin1');
  what.prepare?.(folder);
  const feed = what.feed ?? `cat '${inputFile}'`;
  const command = what.fromFile === true ? `exec "$@" <'${inputFile}'` : `(${feed}) | "$@"`;
  // With `during` the program is the child itself, so that signals reach it and its stdin is the test's to end.
  const [file, args] =
    what.during === undefined
      ? ['/bin/sh', ['-c', command, folder, program, ...what.args]]
      : [program, what.args];
  const child = spawn(file as string, args as string[], {
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    ...(what.uid === undefined ? {} : { uid: what.uid, gid: what.uid }),
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
  });
  children.push(child);
  let stderr = '';
  child.stderr?.setEncoding('latin1');
  child.stderr?.on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | string | null>((done) =>
    child.once('close', (code, signal) => done(signal ?? code)),
  );
  if (what.during === undefined) child.stdin?.end();
  else {
    child.stdin?.on('error', () => {});
    await what.during({
      folder,
      child,
      all: (directory = 'log') => logText(join(folder, directory)),
      stderr: () => stderr,
    });
    child.stdin?.end();
  }
  const status = await ended;
  const { files, names } = show(folder);
  // C shows the path that it was called by in its usage.
  return { status, stderr: normalise(stderr, folder, names).replaceAll(program, 'svlogd'), files };
}

/** Both on the same case. */
export async function runBoth(what: Case): Promise<{ theirs: Made; ours: Made }> {
  const [theirs, ours] = await Promise.all([run(THEIRS, what), run(OURS, what)]);
  return { theirs, ours };
}
