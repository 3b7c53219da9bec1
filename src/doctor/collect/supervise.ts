/** A supervise directory: its files, and whether a runsv answers. */
import { join } from 'node:path';
import { parseHistory } from '../../supervisor/core/history.ts';
import { decodeStatus, STATUS_BYTES } from '../../supervisor/core/status.ts';
import { millisecondsOf } from '../../supervisor/core/tai.ts';
import type { StatusFact, SuperviseFact } from '../snapshot.ts';
import type { Looker } from './looker.ts';
import type { World } from './world.ts';

const FILES = ['lock', 'control', 'ok', 'pid', 'stat', 'status'] as const;
/** pid and stat are shorter by far; garbage is cut. */
const TEXT_LIMIT = 100;
/** A run that has lived so long is not asked how the one before ended, milliseconds. */
const SETTLED = 5000;
/** The last lines of a history, bytes. */
const HISTORY_TAIL = -400;

/** The 20 bytes of supervise/status; null when they are none. */
export function readStatusBytes(bytes: Uint8Array): StatusFact | null {
  const decoded = bytes.length === STATUS_BYTES ? decodeStatus(bytes) : undefined;
  if (decoded === undefined || decoded.state === 'unknown') return null;
  const { since, pid, paused, want, gotTerm, state } = decoded;
  return { changed: millisecondsOf(since), pid, paused, want: want === 'up' ? 'u' : 'd', gotTerm, state };
}

export function readStatus(looker: Looker, supervise: string): StatusFact | null {
  const read = looker.bytes(join(supervise, 'status'), STATUS_BYTES + 1);
  return read === null ? null : readStatusBytes(read.bytes);
}

/** `exit code 1 after 0.012 s`, `signal 11 after 3 s`. */
function readLastEnd(looker: Looker, supervise: string): string | undefined {
  const file = join(supervise, 'history');
  if (looker.look(file).to === null) return undefined;
  const bytes = looker.bytes(file, HISTORY_TAIL)?.bytes;
  const end = parseHistory(bytes?.toString('latin1') ?? '').findLast(
    (each) => each.program === 'run' && !each.asked,
  );
  if (end === undefined) return undefined;
  return `${end.by === 'exit' ? 'exit code' : 'signal'} ${end.code} after ${end.lifetime} s`;
}

export function collectSupervise(world: World, looker: Looker, path: string): SuperviseFact {
  const directory = looker.look(path);
  if (directory.to?.kind === 'directory' && directory.can.execute !== 'ok')
    looker.skip(path, directory.can.execute);
  for (const name of FILES) looker.look(join(path, name));
  const ok = looker.paths[join(path, 'ok')];
  let answers = ok?.error ?? ok?.toError ?? 'ENOENT';
  if (ok?.real != null) answers = ok.to?.kind === 'fifo' ? world.probe.reader(ok.real) : 'EINVAL';
  const statusFile = looker.paths[join(path, 'status')];
  const bytes = directory.to === null ? null : looker.bytes(join(path, 'status'), STATUS_BYTES + 1);
  const status = bytes === null ? null : readStatusBytes(bytes.bytes);
  let statusError: string | null = null;
  if (bytes === null) statusError = statusFile?.error ?? statusFile?.toError ?? statusFile?.can.read ?? 'EIO';
  else if (status === null) statusError = `${bytes.size} bytes`;
  const text = (name: string): string | null =>
    directory.to === null
      ? null
      : (looker.bytes(join(path, name), TEXT_LIMIT)?.bytes.toString('utf8') ?? null);
  const lastEnd =
    status === null || (status.state === 'run' && world.clock.now() - status.changed > SETTLED)
      ? undefined
      : readLastEnd(looker, path);
  return {
    path,
    answers,
    status,
    statusError,
    pidText: text('pid'),
    statText: text('stat'),
    ...(lastEnd === undefined ? {} : { lastEnd }),
  };
}
