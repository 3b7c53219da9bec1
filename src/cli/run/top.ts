import { join } from 'node:path';
import type { ServiceFacts } from '../../everyday/service-facts.ts';
import { formatStamp } from '../../everyday/stamps.ts';
import { judgeAll } from '../../everyday/status-view.ts';
import { type TopModel, type TopRow, topLines } from '../../everyday/top-view.ts';
import type { Layout } from '../../layout/layout.ts';
import { homerunLine } from '../../shell/words.ts';
import { usageError } from '../../system/errors.ts';
import { runProgramHere } from '../../system/node/attached.ts';
import { openLog, readBackward } from '../../system/node/log-files.ts';
import { type Follower, follow, watchFolder } from '../../system/node/log-follow.ts';
import { descendants, readProcesses, TICKS_PER_SECOND } from '../../system/node/processes.ts';
import { listServices, readService, startLook } from '../../system/node/services.ts';
import { sendControl } from '../../system/node/supervisor.ts';
import type { Context, RunCommand } from '../context.ts';
import { loadLayout } from '../layout.ts';
import { needCursor, stopJob } from '../screen.ts';
import { openTopScreen } from '../top-screen.ts';

/** Lines of a log that are kept for scrolling. */
const KEPT = 2000;
const PAGE = 4096;
/** How long the last message stays, milliseconds. */
const MESSAGE_TIME = 4000;

/** Watches all services: what they are, what they cost, when they ended. */
function createLook(context: Context, layout: Layout): () => TopRow[] {
  const ticksBefore = new Map<number, number>();
  let lookedAt = 0;
  /** A supervisor without a history (the C runit): endings are what was seen while looking. */
  const seen = new Map<string, { since: number; ends: number[] }>();
  const noteEnd = (facts: ServiceFacts, now: number): readonly number[] => {
    if (facts.endings.length > 0) return facts.endings.filter(({ asked }) => !asked).map(({ at }) => at);
    const { slot } = facts;
    if (slot === null) return [];
    const known = seen.get(facts.name);
    if (known === undefined) {
      seen.set(facts.name, { since: slot.since, ends: [] });
      return [];
    }
    if (known.since !== slot.since) {
      known.since = slot.since;
      if (slot.want === 'up') known.ends.push(now);
      if (known.ends.length > 200) known.ends.shift();
    }
    return known.ends;
  };
  return () => {
    const look = startLook(layout, context.places);
    const processes = readProcesses();
    const now = context.clock.now();
    const monotonic = context.clock.monotonic();
    const elapsed = (monotonic - lookedAt) / 1000;
    const facts = listServices(layout)
      .map((entry) => readService(look, entry))
      .map((each): ServiceFacts => {
        const ends = each.endings.length > 0 ? [] : noteEnd(each, now);
        const recent = ends.filter((at) => now - at < 10_000).length;
        // Seen twice within ten seconds: what runs is not staying up.
        return recent >= 3 ? { ...each, sampled: { starts: recent, seconds: 10 } } : each;
      });
    const rows = judgeAll(facts, now).map((row): TopRow => {
      const pid = row.facts.supervised ? row.facts.slot?.pid : null;
      const restarts =
        row.facts.endings.length > 0
          ? row.facts.endings.filter(({ asked }) => !asked).map(({ at }) => at)
          : (seen.get(row.facts.name)?.ends ?? []);
      if (pid == null) return { ...row, cpu: null, memory: null, restarts };
      let ticks = 0;
      let known = lookedAt > 0;
      let pages = 0;
      for (const each of descendants(pid, processes)) {
        const process = processes.all.get(each);
        if (process === undefined) continue;
        pages += process.pages;
        const before = ticksBefore.get(each);
        if (before === undefined) known = known && each !== pid;
        else ticks += Math.max(0, process.ticks - before);
      }
      const cpu = known && elapsed > 0 ? (ticks / TICKS_PER_SECOND / elapsed) * 100 : null;
      return { ...row, cpu, memory: pages * PAGE, restarts };
    });
    ticksBefore.clear();
    for (const [pid, { ticks }] of processes.all) ticksBefore.set(pid, ticks);
    lookedAt = monotonic;
    return rows;
  };
}

/** The chosen service's log: its last lines, then what comes. */
interface Tail {
  readonly name: string;
  readonly lines: string[];
  /** Takes what came; true when there was something. */
  take(): boolean;
  close(): void;
}

function openTail(row: TopRow, changed: () => void): Tail {
  const { name } = row.facts;
  const folder = row.facts.log?.folder;
  const lines: string[] = [];
  const none = (why: string): Tail => ({ name, lines: [why], take: () => false, close: () => {} });
  if (folder == null) return none('It has no log.');
  const add = (line: { time: number; stamped: boolean; text: string }): void => {
    const stamp = line.stamped ? `${formatStamp(line.time, false).slice(11, 19)} ` : '';
    lines.push(`${stamp}${line.text}`);
    if (lines.length > KEPT) lines.shift();
  };
  let follower: Follower;
  try {
    const log = openLog(folder);
    follower = follow(log, name, () => {});
    const last = [];
    const span = {
      service: name,
      from: Number.NEGATIVE_INFINITY,
      to: Number.POSITIVE_INFINITY,
      currentBytes: follower.start,
    };
    for (const line of readBackward(log, span)) {
      last.push(line);
      if (last.length === 200) break;
    }
    for (const line of last.reverse()) add(line);
  } catch (error) {
    return none(`${folder}: ${(error as Error).message}`);
  }
  const stop = watchFolder(folder, changed);
  return {
    name,
    lines,
    take: () => {
      const fresh = follower.take();
      for (const line of fresh) add(line);
      return fresh.length > 0;
    },
    close: () => {
      stop();
      follower.close();
    },
  };
}

export const run: RunCommand = async (context, { options }) => {
  const layout = loadLayout(context);
  const delay = options.delay === undefined ? 1 : Number(options.delay);
  if (!(delay >= 0.2 && delay <= 3600))
    throw usageError(`--delay ${String(options.delay)}: expected seconds from 0.2 on`);
  if (!context.terminal || process.stdin.isTTY !== true) {
    throw usageError('top: it needs a terminal', 'Without one: homerun status, or homerun status --json');
  }
  needCursor(context, 'top');
  const look = createLook(context, layout);
  const screen = await openTopScreen(context.env.NO_COLOR === undefined);
  let rows = look();
  let chosen = rows[0]?.facts.name ?? '';
  let tail: Tail | null = null;
  let doctor: { name: string; lines: string[] } | null = null;
  let zoomed = false;
  let scrolled = 0;
  let message = '';
  let messageAt = 0;
  let over: (signal: NodeJS.Signals | null) => void = () => {};
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    over = resolve;
  });

  const say = (text: string): void => {
    message = text;
    messageAt = context.clock.monotonic();
  };
  const selected = (): number =>
    Math.max(
      0,
      rows.findIndex(({ facts }) => facts.name === chosen),
    );
  const draw = (): void => {
    if (message !== '' && context.clock.monotonic() - messageAt > MESSAGE_TIME) message = '';
    const panel =
      doctor !== null
        ? { title: `doctor: ${doctor.name}`, lines: doctor.lines }
        : { title: tail === null ? 'log' : `log: ${tail.name}`, lines: tail?.lines ?? [] };
    const model: TopModel = {
      rows,
      selected: selected(),
      now: context.clock.now(),
      panel,
      zoomed,
      scrolled: Math.min(scrolled, Math.max(0, panel.lines.length - 1)),
      message,
      plain: !/utf-?8/i.test(context.env.LC_ALL || context.env.LC_CTYPE || context.env.LANG || 'utf8'),
    };
    screen.draw(topLines(model, screen.width, screen.height));
  };
  const retail = (): void => {
    const row = rows[selected()];
    if (row === undefined || tail?.name === row.facts.name) return;
    tail?.close();
    scrolled = 0;
    tail = openTail(row, () => {
      if (tail?.take() === true) draw();
    });
  };
  const choose = (step: number): void => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, selected() + step))];
    if (next === undefined) return;
    chosen = next.facts.name;
    doctor = null;
    retail();
  };
  const control = (letters: string, word: string): void => {
    const row = rows[selected()];
    if (row === undefined) return;
    const { facts } = row;
    const sent = facts.folder !== null && sendControl(join(facts.folder, 'supervise'), letters);
    if (sent) say(`${facts.name}: told to ${word}`);
    else if (!facts.enabled)
      say(`${facts.name}: installed, not enabled: ${homerunLine('enable', [facts.name])}`);
    else
      say(
        `${facts.name}: no supervisor looks after it: homerun up, or ${homerunLine('doctor', [facts.name])}`,
      );
  };
  const askDoctor = async (): Promise<void> => {
    const row = rows[selected()];
    if (row === undefined) return;
    const { name } = row.facts;
    doctor = { name, lines: ['looking ...'] };
    draw();
    const result = await runProgramHere(process.execPath, [
      join(context.installation, 'bin/homerun'),
      'doctor',
      name,
    ]);
    if (doctor?.name !== name) return;
    doctor = { name, lines: `${result.stdout}${result.stderr}`.trimEnd().split('\n') };
    scrolled = Math.max(0, doctor.lines.length - 1);
    draw();
  };
  /** As Ctrl-Z does elsewhere: the job stops, the shell has its terminal, and `fg` brings the screen back. */
  const suspend = (): void => {
    screen.leaveFor(() => stopJob(suspend));
    rows = look();
    draw();
  };
  process.on('SIGTSTP', suspend);
  const keys: Readonly<Record<string, () => void>> = {
    q: () => over(null),
    CTRL_C: () => over('SIGINT'),
    CTRL_Z: () => suspend(),
    UP: () => choose(-1),
    k: () => choose(-1),
    DOWN: () => choose(1),
    j: () => choose(1),
    HOME: () => choose(-rows.length),
    END: () => choose(rows.length),
    s: () => control('u', 'start'),
    x: () => control('d', 'stop; it starts again with the next session'),
    r: () => control('tcu', 'restart'),
    p: () => (rows[selected()]?.facts.slot?.paused === true ? control('c', 'go on') : control('p', 'pause')),
    l: () => {
      doctor = null;
      zoomed = !zoomed;
    },
    ENTER: () => {
      zoomed = !zoomed;
    },
    d: () => void askDoctor(),
    ESCAPE: () => {
      if (scrolled === 0 && doctor === null) zoomed = false;
      doctor = null;
      scrolled = 0;
    },
    PAGE_UP: () => {
      scrolled += Math.max(1, Math.floor(screen.height / 3));
    },
    PAGE_DOWN: () => {
      scrolled = Math.max(0, scrolled - Math.max(1, Math.floor(screen.height / 3)));
    },
  };
  screen.onKey((key) => {
    const act = keys[key] ?? keys[key.toLowerCase()];
    if (act === undefined) return;
    act();
    draw();
  });
  screen.onResize(draw);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.once(signal, () => over(signal));
  process.once('uncaughtException', (error) => {
    screen.close();
    context.err(`homerun: internal error: ${error.stack ?? error.message}\n`);
    process.exit(1);
  });

  retail();
  draw();
  const timer = setInterval(() => {
    rows = look();
    if (!rows.some(({ facts }) => facts.name === chosen)) chosen = rows[0]?.facts.name ?? '';
    retail();
    draw();
  }, delay * 1000);
  const signal = await ended;
  clearInterval(timer);
  (tail as Tail | null)?.close();
  screen.close();
  // As a shell says it of a program that a signal ended: 128 and its number.
  const codes: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
  process.exit(signal === null ? 0 : codes[signal]);
};
