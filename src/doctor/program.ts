/** Which program a process is, whatever it is written in. Pure. */
import type { ProcessFact } from './snapshot.ts';

export interface ProgramOf {
  /** `runsvdir`, `runsv`, `svlogd`, `sh` ...: argv[0] without folder; the kernel's short name for a zombie. */
  readonly name: string;
  readonly args: readonly string[];
}

const RUNIT = /^(runsvdir|runsv|svlogd|sv|chpst)$/;
const NODE = /(^|\/)node(js)?$/;

const cache = new WeakMap<readonly string[], ProgramOf>();

/**
 * The bundled programs are node processes: seen by their script (sv has no other) before they have set their title, and by the title
 * (one text with blanks between the words) afterwards.
 */
export function programOf(process: Pick<ProcessFact, 'argv' | 'comm'>): ProgramOf {
  const known = cache.get(process.argv);
  if (known !== undefined) return known;
  const program = read(process);
  cache.set(process.argv, program);
  return program;
}

function read(process: Pick<ProcessFact, 'argv' | 'comm'>): ProgramOf {
  const [first, ...rest] = process.argv;
  if (first === undefined || first === '') return { name: process.comm, args: [] };
  if (NODE.test(first)) {
    const script = rest.findIndex((word) => !word.startsWith('-'));
    const name = (rest[script] ?? '').split('/').pop() ?? '';
    const bundled = /^(runsvdir|runsv|svlogd|sv|chpst)(?:\.cjs)?$/.exec(name);
    if (bundled !== null) return { name: bundled[1] as string, args: rest.slice(script + 1) };
  }
  if (rest.every((word) => word === '') && first.includes(' ')) {
    const words = first.split(' ');
    const name = words[0]?.split('/').pop() ?? '';
    if (RUNIT.test(name)) return { name, args: titleArguments(name, words.slice(1)) };
  }
  return { name: first.split('/').pop() ?? first, args: rest };
}

/** The words of a title; runsvdir's last argument (the log) has blanks of its own. */
function titleArguments(name: string, words: readonly string[]): string[] {
  if (name !== 'runsvdir') return words.filter((word) => word !== '');
  const options = words.findIndex((word) => !word.startsWith('-'));
  if (options < 0) return [...words];
  const [directory, ...log] = words.slice(options);
  return [...words.slice(0, options), directory as string, ...(log.length > 0 ? [log.join(' ')] : [])];
}

export interface RunsvdirArguments {
  /** As written; may be relative. */
  readonly directory: string | null;
  readonly newSessions: boolean;
  readonly shared: boolean;
  /** The LOG argument. */
  readonly log: string | null;
  /** Arguments after LOG, which runsvdir ignores. */
  readonly further: readonly string[];
}

export function runsvdirArguments(args: readonly string[]): RunsvdirArguments {
  let at = 0;
  let newSessions = false;
  let shared = false;
  while (args[at]?.startsWith('-') === true && args[at] !== '-') {
    if (args[at] === '--shared') shared = true;
    else if (args[at]?.startsWith('--')) {
      at += 1;
      break;
    } else if (args[at]?.includes('P')) newSessions = true;
    at += 1;
  }
  return {
    directory: args[at] ?? null,
    newSessions,
    shared,
    log: args[at + 1] ?? null,
    further: args.slice(at + 2),
  };
}
