/** Which services? A menu, where a person is there to choose; clack is loaded only then. */
import type { Layout } from '../layout/layout.ts';
import { HomerunError, usageError } from '../system/errors.ts';
import { listServices, type ServiceEntry } from '../system/node/services.ts';
import { chooseServices } from './choose.ts';
import type { Context } from './context.ts';
import { cancelled } from './prompts.ts';

export interface Picking {
  /** The command's name, for messages: `restart`. */
  readonly command: string;
  readonly all: boolean;
  /** Which entries `--all`, patterns and the menu stand for. */
  readonly eligible: (entry: ServiceEntry) => boolean;
  /** What an eligible one is, for messages: `enabled services`. */
  readonly kind: string;
  /** Only one may be chosen. */
  readonly one?: boolean;
}

/** The services that the words name, all of them with --all, or those picked from a menu. */
export async function pickServices(
  context: Context,
  layout: Layout,
  words: readonly string[],
  picking: Picking,
): Promise<ServiceEntry[]> {
  const entries = listServices(layout);
  if (words.length > 0) {
    if (picking.all) throw usageError(`${picking.command}: names and --all do not go together`);
    return chooseServices(words, entries, layout);
  }
  const eligible = entries.filter(picking.eligible);
  if (picking.all || eligible.length === 0) {
    if (eligible.length > 0) return eligible;
    throw new HomerunError('no-services', `${picking.command}: there are no ${picking.kind}`, {
      hint: 'All there are: homerun status',
    });
  }
  if (!context.interactive) {
    throw usageError(
      `${picking.command}: which service?`,
      `Name it (homerun ${picking.command} ${eligible[0]?.name}), or say --all.`,
    );
  }
  const clack = await import('@clack/prompts');
  const options = eligible.map((entry) => ({ value: entry.name, label: entry.name }));
  const answer =
    picking.one === true
      ? await clack.select({ message: `Which service to ${picking.command}?`, options })
      : await clack.multiselect({
          message: `Which services to ${picking.command}? (blank marks one)`,
          options,
        });
  if (clack.isCancel(answer)) throw cancelled();
  const names: readonly string[] = typeof answer === 'string' ? [answer] : answer;
  return eligible.filter((entry) => names.includes(entry.name));
}

/** Yes or no on a terminal. */
export async function confirm(message: string, initial: boolean): Promise<boolean> {
  const clack = await import('@clack/prompts');
  const answer = await clack.confirm({ message, initialValue: initial });
  if (clack.isCancel(answer)) throw cancelled();
  return answer;
}
