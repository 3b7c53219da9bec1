import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type LogLine, mergeLines } from '../../everyday/log-lines.ts';
import { collapseMarks, marksOf, markText } from '../../everyday/log-marks.ts';
import { formatStamp } from '../../everyday/stamps.ts';
import { parseTime } from '../../everyday/time-words.ts';
import { harmless, padTo, shorten, widthOf } from '../../everyday/width.ts';
import { type Layout, logFolder } from '../../layout/layout.ts';
import { errnoCode, HomerunError, usageError } from '../../system/errors.ts';
import {
  closeLog,
  type LogSnapshot,
  openLog,
  readBackward,
  readForward,
  type Span,
} from '../../system/node/log-files.ts';
import { type Follower, follow, watchFolder } from '../../system/node/log-follow.ts';
import {
  findLogFolder,
  isSupervised,
  listServices,
  readEndings,
  readSlot,
  type ServiceEntry,
} from '../../system/node/services.ts';
import { openSink } from '../../system/node/sink.ts';
import { chooseServices } from '../choose.ts';
import type { Arguments, Context, RunCommand } from '../context.ts';
import { loadLayout } from '../layout.ts';

const DEFAULT_LINES = 50;

interface Wanted {
  readonly follow: boolean;
  /** null: all. */
  readonly lines: number | null;
  /** Microseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly grep: RegExp | null;
  readonly utc: boolean;
  readonly marks: boolean;
  readonly times: boolean;
}

/** With the strict syntax that knows all of Unicode; where that has something against it (`\\-`), with the lenient one. */
function readExpression(text: string, flags: string): RegExp {
  try {
    return new RegExp(text, `${flags}u`);
  } catch {
    try {
      return new RegExp(text, flags);
    } catch (error) {
      throw usageError(`--grep ${text}: ${(error as Error).message}`);
    }
  }
}

function readWanted(context: Context, { options }: Arguments): Wanted {
  const now = context.clock.now();
  const utc = options.utc === true;
  const time = (name: 'since' | 'until', otherwise: number): number => {
    const text = options[name];
    if (text === undefined) return otherwise;
    const milliseconds = parseTime(String(text), now, utc);
    if (milliseconds === null) {
      throw usageError(
        `--${name} ${String(text)}: not a time`,
        'Expected 10m, "2h ago", 14:30, yesterday, 2026-11-22 or "2026-11-22 14:30".',
      );
    }
    return milliseconds * 1000 + (name === 'until' ? 999 : 0);
  };
  let grep: RegExp | null = null;
  if (options.grep !== undefined) {
    grep = readExpression(String(options.grep), options.ignoreCase === true ? 'i' : '');
  }
  let lines: number | null =
    options.since === undefined && options.until === undefined && grep === null ? DEFAULT_LINES : null;
  if (options.lines !== undefined) {
    const text = String(options.lines);
    if (text === 'all') lines = null;
    else if (/^\d+$/.test(text)) lines = Number(text);
    else throw usageError(`--lines ${text}: expected a number or "all"`);
  }
  const from = time('since', Number.NEGATIVE_INFINITY);
  const to = time('until', Number.POSITIVE_INFINITY);
  if (from > to) {
    throw usageError(`--since ${String(options.since)}: it is later than --until ${String(options.until)}`);
  }
  const following = options.follow === true;
  if (following && options.until !== undefined) throw usageError('--follow and --until do not go together');
  return {
    follow: following,
    lines,
    from,
    to,
    grep,
    utc,
    // The lines alone are what the service wrote, and nothing else.
    marks: options.marks !== false && options.times !== false,
    times: options.times !== false,
  };
}

/** A service whose log is shown: where it is, and where its supervisor notes starts and endings. */
interface Shown {
  readonly name: string;
  readonly folder: string;
  /** null: the service is gone, its log was kept. */
  readonly supervise: string | null;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The logs that the words name: of services, or of services that are gone. */
function chooseLogs(context: Context, layout: Layout, words: readonly string[]): Shown[] {
  const entries = listServices(layout);
  const of = (entry: ServiceEntry): Shown => ({
    name: entry.name,
    folder: findLogFolder(layout, entry.home ?? entry.name, entry.path, context.env),
    supervise: join(entry.path, 'supervise'),
  });
  if (words.length === 0) {
    const found = entries.filter((entry) => isFolder(join(entry.path, 'log'))).map(of);
    if (found.length > 0) return found;
    throw new HomerunError('no-log', `${layout.serviceDir}: no service there has a log`, {
      hint: 'Make one with a log: homerun add-service',
    });
  }
  const shown = words.flatMap((word) => {
    const kept = logFolder(layout, word);
    if (layout.logs !== 'inside' && !word.includes('/') && isFolder(kept)) {
      if (!entries.some((entry) => entry.name === word))
        return [{ name: word, folder: kept, supervise: null }];
    }
    return chooseServices([word], entries, layout).map((entry) => {
      const shown = of(entry);
      if (!isFolder(join(entry.path, 'log')) && !isFolder(shown.folder)) {
        throw new HomerunError('no-log', `${entry.name}: it has no log service (${entry.path}/log)`, {
          hint: "What it prints goes to the supervisor's own messages: homerun doctor",
        });
      }
      return shown;
    });
  });
  return [...new Map(shown.map((each) => [each.name, each])).values()];
}

const unreadable = (path: string, error: unknown): string =>
  `${path}: cannot be read (${errnoCode(error) ?? (error as Error).message})`;

/** @throws HomerunError `log-unreadable`; null: there is no log yet */
function openShown(shown: Shown): LogSnapshot | null {
  try {
    return openLog(shown.folder);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw new HomerunError('log-unreadable', `${shown.name}: ${unreadable(shown.folder, error)}`);
  }
}

function readMarks(shown: Shown): LogLine[] {
  if (shown.supervise === null) return [];
  const slot = isSupervised(shown.supervise) ? readSlot(shown.supervise) : null;
  const running = slot !== null && slot.state === 'run' ? { since: slot.since, pid: slot.pid } : null;
  return marksOf(shown.name, readEndings(shown.supervise), running);
}

/** One line as it is printed. */
function createFormat(context: Context, shown: readonly Shown[], wanted: Wanted): (line: LogLine) => string {
  const { colours } = context;
  const palette = [colours.cyan, colours.green, colours.yellow, colours.bold];
  // A terminal keeps three quarters of its width for the lines, however long a name is.
  const most = context.terminal ? Math.max(8, Math.floor(context.columns / 4)) : Number.POSITIVE_INFINITY;
  const shownName = (name: string): string => (context.terminal ? shorten(harmless(name), most) : name);
  const width = Math.max(...shown.map(({ name }) => widthOf(shownName(name))));
  const labels = new Map(
    shown.map(({ name }, index) => [
      name,
      shown.length === 1
        ? ''
        : `${(palette[index % palette.length] as (text: string) => string)(padTo(shownName(name), width))} ${colours.dim('|')} `,
    ]),
  );
  const blank = ' '.repeat(wanted.utc ? 24 : 23);
  return (line) => {
    const label = labels.get(line.service) ?? '';
    // Only a terminal can be harmed by what a service wrote; a file or a pipe gets it as it is.
    const text = line.mark
      ? colours.dim(markText(line.text))
      : context.terminal
        ? harmless(line.text, true)
        : line.text;
    if (!wanted.times) return `${label}${text}`;
    const stamp = line.stamped ? colours.dim(formatStamp(line.time, wanted.utc)) : blank;
    return `${stamp} ${label}${text}`;
  };
}

/** What is there now, in order; ends at each service's snapshot. */
function* present(
  logs: readonly { shown: Shown; log: LogSnapshot; bytes: number | null }[],
  marks: readonly LogLine[][],
  wanted: Wanted,
  trouble: (message: string) => void,
): Generator<LogLine> {
  const { grep } = wanted;
  const matches = (line: LogLine): boolean => grep === null || (!line.mark && grep.test(line.text));
  const span = (service: string, bytes: number | null): Span => ({
    service,
    from: wanted.from,
    to: wanted.to,
    currentBytes: bytes,
    unreadable: (path, error) => trouble(`${service}: ${unreadable(path, error)}`),
  });
  const timely = marks.map((each) => each.filter(({ time }) => time >= wanted.from && time <= wanted.to));
  if (wanted.lines === null) {
    const streams = logs.map(({ shown, log, bytes }) => readForward(log, span(shown.name, bytes)));
    let run: LogLine[] = [];
    for (const line of mergeLines<LogLine>([...timely.map((each) => each.values()), ...streams])) {
      if (!matches(line)) continue;
      if (line.mark) run.push(line);
      else {
        yield* collapseMarks(run);
        run = [];
        yield line;
      }
    }
    yield* collapseMarks(run);
    return;
  }
  const streams = logs.map(({ shown, log, bytes }) => readBackward(log, span(shown.name, bytes)));
  const kept: LogLine[] = [];
  let whole = true;
  if (wanted.lines > 0) {
    for (const line of mergeLines(streams, true)) {
      if (!matches(line)) continue;
      if (kept.length === wanted.lines) {
        whole = false;
        break;
      }
      kept.push(line);
    }
  }
  kept.reverse();
  const first = kept[0]?.time ?? Number.POSITIVE_INFINITY;
  // Marks belong to the lines that are shown; where all lines are shown (or there are none), to all of them.
  const among = timely.map((each) =>
    each.filter(({ time }) => (whole && wanted.lines !== 0) || time >= first),
  );
  yield* collapseMarks([
    ...mergeLines<LogLine>([...among.map((each) => each.filter(matches).values()), kept.values()]),
  ]);
}

interface Following {
  readonly shown: Shown;
  readonly follower: Follower;
  /** Time of the last mark that was shown. */
  marked: number;
}

/** What came since the last look, in order of time. */
function takeNew(following: readonly Following[], wanted: Wanted): LogLine[] {
  const streams: Iterator<LogLine>[] = [];
  for (const each of following) {
    const { shown, follower } = each;
    if (wanted.marks && wanted.grep === null) {
      const marks = readMarks(shown).filter(({ time }) => time > each.marked);
      each.marked = marks.at(-1)?.time ?? each.marked;
      streams.push(marks.values());
    }
    const { grep } = wanted;
    const lines = follower.take();
    streams.push((grep === null ? lines : lines.filter(({ text }) => grep.test(text))).values());
  }
  // Merged, not sorted: one log's lines stay as they stand in it, also when the clock was set back between them.
  return [...mergeLines(streams)];
}

export const run: RunCommand = async (context, args) => {
  const wanted = readWanted(context, args);
  const layout = loadLayout(context);
  const shown = chooseLogs(context, layout, args.words);
  let failed = false;
  const trouble = (message: string): void => {
    failed = true;
    context.err(`homerun: ${message}\n`);
  };
  const logs = shown.flatMap((each): { shown: Shown; log: LogSnapshot }[] => {
    try {
      const log = openShown(each);
      if (log !== null) return [{ shown: each, log }];
    } catch (error) {
      // The others are shown.
      if (!(error instanceof HomerunError)) throw error;
      trouble(error.message);
      return [];
    }
    if (wanted.follow) {
      context.err(`homerun: ${each.name}: ${each.folder}: there is no log yet; waiting for it\n`);
      return [{ shown: each, log: { folder: each.folder, rotated: [], current: null } }];
    }
    // Asked for by name it is missed; among all of them it is only said.
    const message = `${each.name}: ${each.folder}: there is no log yet`;
    if (args.words.length > 0) trouble(message);
    else context.err(`homerun: ${message}\n`);
    return [];
  });
  if (logs.length === 0) return 1;

  const sink = openSink();
  const format = createFormat(context, shown, wanted);
  const following: Following[] = wanted.follow
    ? logs.map(({ shown: each, log }) => ({
        shown: each,
        follower: follow(log, each.name, (message) => context.err(`homerun: ${message}\n`)),
        marked: 0,
      }))
    : [];
  const marks = wanted.marks && wanted.grep === null ? shown.map(readMarks) : [];
  following.forEach((each) => {
    each.marked = marks[shown.indexOf(each.shown)]?.at(-1)?.time ?? 0;
  });

  let count = 0;
  const bounded = logs.map((each, index) => ({ ...each, bytes: following[index]?.follower.start ?? null }));
  for (const line of present(bounded, marks, wanted, trouble)) {
    count += line.mark ? 0 : 1;
    sink.write(format(line));
    if (!sink.full) continue;
    await sink.flush();
    if (sink.closed) return 0;
  }
  await sink.flush();
  if (!wanted.follow) {
    for (const { log } of logs) closeLog(log);
    return failed || (wanted.grep !== null && count === 0) ? 1 : 0;
  }

  let again: () => void = () => {};
  let pending = false;
  const changed = (): void => {
    pending = true;
    again();
  };
  const stops = following.flatMap(({ shown: each }) => [
    watchFolder(each.folder, changed),
    ...(each.supervise === null ? [] : [watchFolder(each.supervise, changed)]),
  ]);
  changed();
  while (!sink.closed) {
    if (!pending) {
      await new Promise<void>((resolve) => {
        again = resolve;
      });
    }
    pending = false;
    for (const line of collapseMarks(takeNew(following, wanted))) {
      sink.write(format(line));
      if (sink.full) await sink.flush();
    }
    await sink.flush();
  }
  for (const stop of stops) stop();
  return 0;
};
