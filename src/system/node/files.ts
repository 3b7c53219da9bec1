/**
 * The files of the machine through fs-extra, for everything that changes them. Commands that only look (status, logs)
 * start with node:fs alone, which costs them no time.
 */
import nodeFs from 'node:fs';
import fs from 'fs-extra';
import type { Files } from '../ports.ts';

/** `files` as a command got them, or fs-extra where these are the machine's own. */
export function filesForChanges(files: Files): Files {
  return files === (nodeFs as unknown as Files) ? (fs as unknown as Files) : files;
}
