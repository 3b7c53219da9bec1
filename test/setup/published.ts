/** What a runsv tells about a slot in `pid`, `stat` and `status`, which it puts in their places one after the other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeStatus, parseStat } from '../../src/supervisor/core/status.ts';
import { text } from './service-tree.ts';

export interface Published {
  /** The line without its newline. */
  readonly stat: string;
  readonly pid: number;
}

/**
 * Reads them once all three tell of the same moment; undefined while they do not. What runs has a pid: C and ours publish
 * the state `finish` before there is one.
 * @param folder a supervise directory
 */
export function published(folder: string): Published | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(folder, 'status'));
  } catch {
    return undefined;
  }
  const status = decodeStatus(bytes);
  const stat = text(join(folder, 'stat'))?.trimEnd() ?? '';
  const said = parseStat(stat);
  // A log service that never ran has no pid file.
  const pid = Number(text(join(folder, 'pid')) ?? 0);
  if (status === undefined || said === undefined) return undefined;
  const agree =
    status.state === said.state &&
    status.paused === said.paused &&
    status.gotTerm === said.gotTerm &&
    status.pid === pid &&
    (status.state === 'down' ? pid === 0 : pid !== 0 && status.want === (said.want === 'up' ? 'up' : 'down'));
  return agree ? { stat, pid } : undefined;
}
