/** Where a log service writes, read from its log/run. */
import { absolute, isSvlogd, readMeaning, svlogdDirectories } from '../shell/meaning.ts';

/** A path from `/` or `./` that no shell changes: bare, or in quotes without anything that is special in them. */
const PATH = String.raw`(?:\.?/[\w@%+=:,./-]*|"\.?/[^"$\u0060\\\n]*"|'\.?/[^'\n]*')`;

/**
 * Nearly every log/run has this form, that of homerun's own too. It is read at once: the reader of shell text takes a
 * hundred times as long, and hundreds of services are looked at in one status. Whatever else there is goes to that reader;
 * a test holds the two against each other.
 */
const PLAIN = new RegExp(
  String.raw`^#![^\n]*\n(?:exec 2>&1\n)?(?:\[ -d (${PATH}) \] \|\| mkdir -p \1 \|\| exit 1\n)?exec svlogd(?: -[tv]+)* (${PATH})\n?$`,
);

/**
 * The directories that svlogd is given in the text of a log/run, absolute. `folder` is where log/run runs, `env` what
 * it is started with. Empty when it starts no svlogd, or in a way that only a shell could tell.
 */
export function readLogFolders(
  text: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const plain = PLAIN.exec(text)?.[2];
  if (plain !== undefined) {
    const path = absolute(/^["']/.test(plain) ? plain.slice(1, -1) : plain, folder);
    if (path !== null) return [withoutSlash(path)];
  }
  return parseLogFolders(text, folder, env);
}

/** The same by the reader of shell text, whatever the form. */
export function parseLogFolders(
  text: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const { started } = readMeaning(text, { cwd: folder, environment: env, complete: true });
  const logger = started.find(isSvlogd);
  if (logger === undefined) return [];
  return svlogdDirectories(logger)
    .filter((path) => path !== null)
    .map(withoutSlash);
}

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/\/$/, '') : path);
