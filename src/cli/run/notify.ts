import { createServer } from 'node:net';
import { join } from 'node:path';
import { type CrashLoop, judgeCrashLoop, settleTime } from '../../everyday/crash-loop.ts';
import { createNotices, type NoticeFacts } from '../../everyday/notices.ts';
import { configFolder, type Layout } from '../../layout/layout.ts';
import { apply } from '../../plan/apply.ts';
import { HomerunError, usageError } from '../../system/errors.ts';
import { findNotifySend, sendNotice } from '../../system/node/desktop.ts';
import { watchFolder } from '../../system/node/log-follow.ts';
import {
  isSupervised,
  listServices,
  readEndings,
  readSlot,
  type ServiceEntry,
} from '../../system/node/services.ts';
import type { Context, RunCommand } from '../context.ts';
import { say } from '../fold.ts';
import { loadLayout } from '../layout.ts';
import { planWorld } from '../plan-world.ts';
import { lastLogLines, superviseOf } from '../service-work.ts';

const offFile = (context: Context): string => join(configFolder(context.places), 'no-notify');
const isOff = (context: Context): boolean => context.files.existsSync(offFile(context));

const HOW_TO_GET = 'It comes with the package libnotify-bin (Debian), libnotify (most others).';

async function test(context: Context): Promise<number> {
  const program = findNotifySend(context.env.PATH);
  if (program === null) {
    throw new HomerunError('no-notify-send', 'notify-send: not on PATH', { hint: HOW_TO_GET });
  }
  const why = await sendNotice(program, {
    urgency: 'normal',
    title: 'homerun: this is what a crash loop looks like',
    body: 'Here come the last lines of the log, and the command to type:\nhomerun doctor NAME',
  });
  if (why !== null) {
    throw new HomerunError('notify-failed', `${program}: ${why}`, {
      hint: 'Is a notification daemon running in this session (dunst, mako, that of the desktop)?',
    });
  }
  say(context, `Sent with ${program}. Nothing to be seen? Then no notification daemon shows it.\n`);
  if (isOff(context)) say(context, 'Notifications are off: homerun notify --on\n');
  return 0;
}

/** One watcher for each user: a name in the abstract socket space is gone with its process. */
function becomeOnly(context: Context, layout: Layout): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(`\0homerun-notify-${context.identity.uid}-${layout.serviceDir}`, () => {
      server.unref();
      resolve(true);
    });
  });
}

/** What each service did, for a supervisor that keeps no history (the C runit): starts seen as they happened. */
interface Seen {
  since: number;
  readonly endings: number[];
}

/** Looks at one service; remembers its restarts in `seen`. `again` is when to look once more, in milliseconds. */
function lookAt(
  context: Context,
  entry: ServiceEntry,
  seen: Map<string, Seen>,
): { loop: CrashLoop | null; running: boolean; again: number | null } {
  const supervise = superviseOf(entry);
  const slot = isSupervised(supervise) ? readSlot(supervise) : null;
  if (slot === null) return { loop: null, running: false, again: null };
  const now = context.clock.now();
  let endings = readEndings(supervise);
  if (endings.length === 0) {
    const known = seen.get(entry.name) ?? { since: slot.since, endings: [] };
    seen.set(entry.name, known);
    if (known.since !== slot.since) {
      known.since = slot.since;
      if (slot.want === 'up') known.endings.push(now);
      if (known.endings.length > 100) known.endings.shift();
    }
    endings = known.endings.map((at) => ({ at, startedAt: null, code: null, signal: null, asked: false }));
  }
  const upSince = slot.state === 'run' ? slot.since : null;
  const loop = judgeCrashLoop({ endings, now, upSince, wanted: slot.want === 'up' });
  // Restarts that were only seen have neither a code nor a signal to tell of.
  const nameless = loop?.last != null && loop.last.code === null && loop.last.signal === null;
  return {
    loop: loop !== null && nameless ? { ...loop, last: null } : loop,
    running: upSince !== null,
    again:
      loop === null || upSince === null ? null : Math.max(100, upSince + settleTime(endings) - now + 100),
  };
}

/** So long after a change is looked, so that services that fall together are told together. */
const GATHER = 1500;
/** A look without any change: for a supervisor that was killed and services that came without a word. */
const SWEEP = 60_000;

async function watch(context: Context): Promise<number> {
  const layout = loadLayout(context);
  const program = findNotifySend(context.env.PATH);
  if (program === null) {
    context.err(`homerun: notify --watch: notify-send is not on PATH\n${HOW_TO_GET}\n`);
    return 0;
  }
  // Nobody wants to hear of it: then no process is to stay for it.
  if (isOff(context)) return 0;
  if (!(await becomeOnly(context, layout))) {
    context.err('homerun: notify --watch: another one watches already\n');
    return 0;
  }
  const parent = process.ppid;
  const notices = createNotices();
  const seen = new Map<string, Seen>();
  const watched = new Map<string, () => void>();
  let timer: NodeJS.Timeout | undefined;
  let due = 0;
  let running = true;
  let over: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    over = () => {
      running = false;
      resolve();
    };
  });
  const lookIn = (milliseconds: number): void => {
    if (!running) return;
    const at = context.clock.monotonic() + milliseconds;
    if (timer !== undefined && due <= at) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(() => {
      timer = undefined;
      void look();
    }, milliseconds);
  };
  const look = async (): Promise<void> => {
    // Its parent is gone: the session is over.
    if (process.ppid !== parent || isOff(context)) return over();
    const entries = listServices(layout).filter((entry) => entry.enabled);
    for (const [name, stop] of watched) {
      if (entries.some((entry) => entry.name === name)) continue;
      stop();
      watched.delete(name);
    }
    let again = SWEEP;
    const facts = entries.map((entry): NoticeFacts => {
      const supervise = superviseOf(entry);
      if (!watched.has(entry.name) && isSupervised(supervise)) {
        watched.set(
          entry.name,
          watchFolder(supervise, () => lookIn(GATHER), null),
        );
      }
      const { loop, running: up, again: soon } = lookAt(context, entry, seen);
      if (soon !== null) again = Math.min(again, soon);
      return { name: entry.name, loop, running: up, lastLines: [] };
    });
    for (const notice of notices.look(
      facts.map((each) => {
        const entry = entries.find(({ name }) => name === each.name);
        return each.loop === null || entry === undefined
          ? each
          : { ...each, lastLines: lastLogLines(context, layout, entry, 3) };
      }),
      context.clock.monotonic(),
    )) {
      await sendNotice(program, notice);
    }
    lookIn(again);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => over());
  const stop = watchFolder(layout.serviceDir, () => lookIn(GATHER), null);
  await look();
  await ended;
  clearTimeout(timer);
  stop();
  for (const each of watched.values()) each();
  return 0;
}

export const run: RunCommand = async (context, { options }) => {
  const chosen = ['test', 'on', 'off', 'watch'].filter((name) => options[name] === true);
  if (chosen.length > 1) throw usageError(`notify: --${chosen.join(' and --')} do not go together`);
  switch (chosen[0]) {
    case 'test':
      return test(context);
    case 'watch':
      return watch(context);
    case 'on':
      apply(
        {
          title: 'notify --on',
          operations: isOff(context) ? [{ kind: 'remove', path: offFile(context) }] : [],
        },
        planWorld(context),
      );
      break;
    case 'off':
      apply(
        { title: 'notify --off', operations: [{ kind: 'write', path: offFile(context), contents: '' }] },
        planWorld(context),
      );
      break;
    default:
  }
  const program = findNotifySend(context.env.PATH);
  say(
    context,
    isOff(context)
      ? `Notifications are off (${offFile(context)}). To have them: homerun notify --on\n`
      : program === null
        ? `Notifications are on, but notify-send is not on PATH. ${HOW_TO_GET}\n`
        : `Notifications are on, through ${program}. To try one: homerun notify --test\nThe runner starts the watcher with the next session.\n`,
  );
  return 0;
};
