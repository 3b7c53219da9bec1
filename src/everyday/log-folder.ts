/** Where a log service writes, read from its log/run. */
import { isAbsolute, join, normalize } from 'node:path';
import { readCommands } from '../doctor/script/commands.ts';
import { programName, programOf } from '../doctor/script/reading.ts';
import type { Word } from '../doctor/script/tokens.ts';

/** svlogd's options that take a value (svlogd(8)). */
const VALUED = ['-r', '-R', '-l', '-b'];

/** `$NAME`, `${NAME}`, `${NAME:-default}` and a leading `~/` put in; null when something else would be expanded. */
function expand(word: Word, lookUp: (name: string) => string | undefined): string | null {
  if (word.literal) return word.text;
  let known = true;
  const raw = word.quoted ? word.text : word.text.replace(/^~(?=\/|$)/, lookUp('HOME') ?? '~');
  const put = (text: string): string =>
    text.replace(
      /\$(?:(\w+)|\{(\w+)(?::?-((?:[^{}]|\{[^{}]*\})*))?\})/g,
      (_, plain: string | undefined, braced: string | undefined, fallback: string | undefined) => {
        const value = lookUp((plain ?? braced) as string);
        if (value !== undefined && value !== '') return value;
        if (fallback !== undefined) return put(fallback);
        known = false;
        return '';
      },
    );
  const value = put(raw);
  return known && !/[`*?]|\$\(/.test(value) ? value : null;
}

/**
 * The directories that svlogd is given in the text of a log/run, absolute. `folder` is where log/run runs, `env` what
 * it is started with. Empty when it starts no svlogd, or in a way that only a shell could tell.
 */
export function readLogFolders(
  text: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const variables = new Map<string, string>();
  const lookUp = (name: string): string | undefined => variables.get(name) ?? env[name];
  for (const command of readCommands(text)) {
    if (command.words.length === 0) {
      for (const { text: assignment, ...word } of command.assignments) {
        const [name = '', ...rest] = assignment.split('=');
        const value = expand({ ...word, text: rest.join('=') }, lookUp);
        if (value !== null) variables.set(name, value);
      }
      continue;
    }
    const words = programOf(command);
    if (programName(words[0]?.text ?? '') !== 'svlogd') continue;
    const folders: string[] = [];
    let options = true;
    for (let index = 1; index < words.length; index += 1) {
      const word = words[index] as Word;
      if (options && word.text === '--') options = false;
      else if (options && word.text.startsWith('-')) index += VALUED.includes(word.text) ? 1 : 0;
      else {
        options = false;
        const path = expand(word, lookUp);
        if (path !== null) folders.push(isAbsolute(path) ? normalize(path) : join(folder, path));
      }
    }
    return folders.map((path) => (path.length > 1 ? path.replace(/\/$/, '') : path));
  }
  return [];
}
