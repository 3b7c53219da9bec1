/** Where a log service writes, read from its log/run. */
import { isSvlogd, readMeaning, svlogdDirectories } from '../shell/meaning.ts';

/**
 * The directories that svlogd is given in the text of a log/run, absolute. `folder` is where log/run runs, `env` what
 * it is started with. Empty when it starts no svlogd, or in a way that only a shell could tell.
 */
export function readLogFolders(
  text: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const { started } = readMeaning(text, { cwd: folder, environment: env, complete: true });
  const logger = started.find(isSvlogd);
  if (logger === undefined) return [];
  return svlogdDirectories(logger)
    .filter((path) => path !== null)
    .map((path) => (path.length > 1 ? path.replace(/\/$/, '') : path));
}
