/** How long a service has to end in, when everything ends: the session, or by `homerun down`. */

/**
 * Seconds from TERM to KILL. A session is to be over within five: up to one goes by before its end is noticed, and one
 * more until everything has been seen to be gone (bench/session.mjs).
 */
export const PATIENCE = 2;

/** A file in the service directory that says another number of seconds, for one that takes its time. */
export const PATIENCE_FILE = 'patience';

/** Its contents as a number, read as the runner reads them; undefined where they are none. */
export function parsePatience(text: string): number | undefined {
  const line = text.split('\n', 1)[0]?.trim() ?? '';
  return /^\d{1,7}$/.test(line) ? Number(line) : undefined;
}
