/** What a supervisor that went away has left of a service: processes that still run, and what they were wanted to be. */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Adopted, SlotName } from '../core/slot.ts';
import { type DecodedStatus, decodeStatus, parseStat } from '../core/status.ts';
import { instantOfMilliseconds, millisecondsOf } from '../core/tai.ts';
import { identityOf } from '../service-listing.ts';
import { type Note, readNote } from './note.ts';
import { type ProcessFacts, pathToPipe, pipeOf, processFacts, startedAt } from './process-identity.ts';
import { processes } from './process-list.ts';

export interface Left {
  readonly note: Note | undefined;
  /** The process, if it still runs. */
  readonly adopted: Adopted | undefined;
  readonly facts: ProcessFacts | undefined;
  /** What the slot was wanted to be; undefined when nothing tells, or it was about to end. */
  readonly want: 'up' | 'down' | undefined;
}

const NOTHING: Left = { note: undefined, adopted: undefined, facts: undefined, want: undefined };

/** The supervise directory of a slot below a service directory. */
export function superviseOf(base: string, slot: SlotName): string {
  return slot === 'main' ? `${base}/supervise` : `${base}/log/supervise`;
}

/**
 * Reads it for one slot. A note of another run of the machine counts for nothing.
 * @param base path of the service directory
 * @param monotonic now, milliseconds
 */
export function readLeft(base: string, slot: SlotName, boot: string, monotonic: number): Left {
  const folder = superviseOf(base, slot);
  const note = readNote(folder);
  if (note === undefined || note.boot !== boot) return NOTHING;
  const status = readStatus(folder);
  const want = note.leaves ? undefined : wantOf(folder, status);
  const wasStarting = note.phase === 'starting' || note.phase === 'finishing';
  const facts = wasStarting ? findStarted(base, slot, note) : sameProcess(note);
  if (facts === undefined) return { note, adopted: undefined, facts, want };
  const known = status !== undefined && status.pid === facts.pid ? status : undefined;
  const wall = Date.now();
  const since = known?.since ?? instantOfMilliseconds(wall - (uptime() * 1000 - startedAt(facts)));
  const adopted: Adopted = {
    pid: facts.pid,
    since,
    sinceMonotonic: monotonic - Math.max(0, wall - millisecondsOf(since)),
    state: note.phase === 'finish' || note.phase === 'finishing' ? 'finish' : 'run',
    want: want ?? 'up',
    paused: known?.paused ?? false,
    gotTerm: known?.gotTerm ?? false,
  };
  return { note, adopted, facts, want };
}

function sameProcess(note: Note): ProcessFacts | undefined {
  const facts = processFacts(note.pid);
  return facts?.startTime === note.startTime ? facts : undefined;
}

function readStatus(folder: string): DecodedStatus | undefined {
  try {
    return decodeStatus(readFileSync(`${folder}/status`));
  } catch {
    return undefined;
  }
}

/** `exit` looks like `down` in status; only stat tells it, and it means that the next supervisor starts anew. */
function wantOf(folder: string, status: DecodedStatus | undefined): 'up' | 'down' | undefined {
  try {
    if (parseStat(readFileSync(`${folder}/stat`, 'latin1'))?.want === 'exit') return undefined;
  } catch {
    // status will do
  }
  return status?.want;
}

/** Ticks from the note to the start of the process, at most: there is nothing in between, but machines are slow. */
const LONGEST_START = 1000;

/**
 * The supervisor was killed just when it made a process: the note has no pid of it. It is recognized by the pipe
 * that it was given, or by its working directory, and by the moment: who comes later is somebody else, say the editor
 * of a user who has gone there to see what is wrong. A child of another one like that is not it, either.
 */
function findStarted(base: string, slot: SlotName, note: Note): ProcessFacts | undefined {
  const home = identityOf(slot === 'main' ? base : `${base}/log`);
  const fd = slot === 'main' ? 1 : 0;
  const alike: ProcessFacts[] = [];
  for (const pid of processes()) {
    if (pid === process.pid) continue;
    const facts = processFacts(pid);
    if (facts === undefined) continue;
    const hasPipe = note.pipe !== '0' && pipeOf(pid, fd) === note.pipe;
    const isHome = home !== undefined && identityOf(`/proc/${pid}/cwd`) === home;
    // The log service's directory is below the service's, and the service's own may be used by its log, too.
    if (note.pipe === '0' ? isHome : hasPipe && (slot === 'main' || isHome)) alike.push(facts);
  }
  const pids = new Set(alike.map(({ pid }) => pid));
  const noted = Number(note.startTime);
  return alike
    .filter(({ parent }) => !pids.has(parent))
    .filter(({ startTime }) => Number(startTime) + 1 >= noted && Number(startTime) <= noted + LONGEST_START)
    .sort((a, b) => Number(a.startTime) - Number(b.startTime) || a.pid - b.pid)[0];
}

/** A path by which the pipe between both slots can be opened again, if one of their processes still holds it. */
export function findPipe(lefts: Readonly<Record<SlotName, Left>>): string | undefined {
  for (const { facts, note } of [lefts.main, lefts.log]) {
    if (facts === undefined || note === undefined || note.pipe === '0') continue;
    const path = pathToPipe(facts.pid, note.pipe);
    if (path !== undefined) return path;
  }
  return undefined;
}
