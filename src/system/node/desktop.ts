/** Notifications through notify-send (libnotify), as any desktop has it. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { escapeMarkup, type Notice } from '../../everyday/notices.ts';
import { runProgramHere } from './attached.ts';

/** notify-send on PATH; null where there is none. */
export function findNotifySend(path: string | undefined): string | null {
  for (const folder of (path ?? '').split(':')) {
    if (folder === '') continue;
    try {
      accessSync(join(folder, 'notify-send'), constants.X_OK);
      return join(folder, 'notify-send');
    } catch {
      // Not in this one.
    }
  }
  return null;
}

/** Sends one; null, or why it did not go. */
export async function sendNotice(program: string, notice: Notice): Promise<string | null> {
  const result = await runProgramHere(program, [
    '--app-name=homerun',
    `--urgency=${notice.urgency}`,
    '--icon=dialog-warning',
    '--',
    notice.title,
    escapeMarkup(notice.body),
  ]);
  if (result.error !== null) return result.error.code ?? result.error.message;
  return result.code === 0 ? null : result.stderr.trim() || `exit ${result.code}`;
}
