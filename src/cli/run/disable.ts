import { join } from 'node:path';
import type { Layout } from '../../layout/layout.ts';
import { apply } from '../../plan/apply.ts';
import { shellWord } from '../../shell/words.ts';
import { HomerunError } from '../../system/errors.ts';
import type { ServiceEntry } from '../../system/node/services.ts';
import type { Context, RunCommand } from '../context.ts';
import { say } from '../fold.ts';
import { loadLayout } from '../layout.ts';
import { pickServices } from '../menu.ts';
import { planWorld } from '../plan-world.ts';
import { awaitGone, bringDown } from '../service-work.ts';

export interface Disabled {
  /** What did not end, by name, and why. */
  readonly trouble: ReadonlyMap<string, string>;
  /** The journal's entry, for what else belongs to the same change; undefined where no link was taken away. */
  readonly id: string | undefined;
}

/**
 * Stops services, takes their links away and waits until no runsv looks after them. `title` is what undo calls it.
 *
 * @throws HomerunError `real-directory` for an entry of the service directory that is no link
 */
export async function disableServices(
  context: Context,
  layout: Layout,
  entries: readonly ServiceEntry[],
  title = `disable ${entries.map(({ name }) => name).join(' ')}`,
): Promise<Disabled> {
  const real = entries.filter(
    (entry) => entry.enabled && context.files.lstatSync(join(layout.serviceDir, entry.name)).isDirectory(),
  );
  if (real.length > 0) {
    const [{ name }] = real as [ServiceEntry];
    throw new HomerunError(
      'real-directory',
      `${join(layout.serviceDir, name)}: a directory, expected a link to ${layout.serviceAll}/${name}`,
      {
        hint: `Move it where it belongs first: mv ${shellWord(join(layout.serviceDir, name))} ${shellWord(layout.serviceAll)}/`,
      },
    );
  }
  const trouble = new Map<string, string>();
  await Promise.all(
    entries.map(async (entry) => {
      const why = await bringDown(context, entry);
      if (why !== null) trouble.set(entry.name, why);
    }),
  );
  // The directories are looked at by their own path from here on: the links go.
  const directories = new Map(
    entries.map((entry) => {
      try {
        return [entry.name, context.files.realpathSync(entry.path)];
      } catch {
        return [entry.name, null];
      }
    }),
  );
  const { id } = apply(
    {
      title,
      operations: entries
        .filter((entry) => entry.enabled)
        .map((entry) => ({ kind: 'remove', path: join(layout.serviceDir, entry.name) }) as const),
    },
    planWorld(context),
  );
  await Promise.all(
    entries.map(async (entry) => {
      const directory = directories.get(entry.name);
      if (directory == null) return;
      const gone = await awaitGone(context, layout, directory);
      if (gone) trouble.delete(entry.name);
      else if (!trouble.has(entry.name)) trouble.set(entry.name, 'its runsv has not ended');
    }),
  );
  return { trouble, id };
}

/** Says what did not end, and what to type. */
export function reportTrouble(context: Context, trouble: ReadonlyMap<string, string>, layout: Layout): void {
  for (const [name, why] of trouble) {
    context.err(
      `homerun: ${name}: its link is gone, but ${why}\nEnd it: ${shellWord(layout.svl)} force-shutdown ${shellWord(join(layout.serviceAll, name))}\n`,
    );
  }
}

export const run: RunCommand = async (context, { words, options }) => {
  const layout = loadLayout(context);
  const picked = await pickServices(context, layout, words, {
    command: 'disable',
    all: options.all === true,
    eligible: (entry) => entry.enabled,
    kind: 'enabled services',
  });
  const already = picked.filter((entry) => !entry.enabled);
  for (const entry of already) say(context, `${entry.name}: is not enabled\n`);
  const enabled = picked.filter((entry) => entry.enabled);
  if (enabled.length === 0) return 0;
  const { trouble } = await disableServices(context, layout, enabled);
  for (const entry of enabled) {
    if (!trouble.has(entry.name)) say(context, `${entry.name}: stopped and disabled\n`);
  }
  reportTrouble(context, trouble, layout);
  return trouble.size === 0 ? 0 : 1;
};
