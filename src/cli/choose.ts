/** Which services a person means: names, patterns, all, or a menu; and what to say about a name that there is not. */
import { isGlob, matchGlob, nearestName } from '../everyday/names.ts';
import { harmless } from '../everyday/width.ts';
import { listWords } from '../everyday/words.ts';
import type { Layout } from '../layout/layout.ts';
import { HomerunError } from '../system/errors.ts';
import { listServices, type ServiceEntry } from '../system/node/services.ts';

/** No service of that name: says which was probably meant, and where was looked. */
export function noSuchService(word: string, entries: readonly ServiceEntry[], layout: Layout): HomerunError {
  const near = nearestName(
    word,
    entries.map((entry) => entry.name),
  );
  return new HomerunError(
    'no-such-service',
    `${word === '' ? '""' : harmless(word)}: no such service in ${layout.serviceDir} or ${layout.serviceAll}`,
    {
      hint:
        near === undefined
          ? entries.length === 0
            ? 'There are no services yet. Make one: homerun add-service'
            : 'All there are: homerun status'
          : `Did you mean ${harmless(near)}?`,
    },
  );
}

/**
 * The entries that the words name, in the order of the words, each once. A pattern that matches nothing, and a name
 * that there is not, are errors: nothing is done by halves.
 */
export function chooseServices(
  words: readonly string[],
  entries: readonly ServiceEntry[],
  layout: Layout,
): ServiceEntry[] {
  const chosen = new Map<string, ServiceEntry>();
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  for (const word of words) {
    const name = word.length > 1 ? word.replace(/\/$/, '') : word;
    const exact = byName.get(name);
    if (exact !== undefined) {
      chosen.set(name, exact);
      continue;
    }
    const matches = isGlob(name) ? matchGlob(name, [...byName.keys()]) : [];
    if (matches.length === 0) {
      if (isGlob(name)) {
        throw new HomerunError('no-such-service', `${word}: no service matches this pattern`, {
          hint: 'All there are: homerun status',
        });
      }
      throw noSuchService(word, entries, layout);
    }
    for (const match of matches) chosen.set(match, byName.get(match) as ServiceEntry);
  }
  return [...chosen.values()];
}

/**
 * The one entry that the word names.
 *
 * @throws HomerunError `several-services` for a pattern that more than one matches
 */
export function chooseOne(word: string, entries: readonly ServiceEntry[], layout: Layout): ServiceEntry {
  const [entry, ...others] = chooseServices([word], entries, layout) as [ServiceEntry, ...ServiceEntry[]];
  if (others.length === 0) return entry;
  throw new HomerunError(
    'several-services',
    `${word}: ${others.length + 1} services match, expected one: ${listWords([entry, ...others].map(({ name }) => harmless(name)))}`,
    { hint: 'Name it.' },
  );
}

/** All services, or those that the words name. */
export function chooseOrAll(words: readonly string[], layout: Layout): ServiceEntry[] {
  const entries = listServices(layout);
  return words.length === 0 ? entries : chooseServices(words, entries, layout);
}
