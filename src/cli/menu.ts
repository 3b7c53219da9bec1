/** Which services? A menu, where a person is there to choose; clack is loaded only then. */
import { judgeService } from '../everyday/judge.ts';
import { harmless } from '../everyday/width.ts';
import type { Layout } from '../layout/layout.ts';
import { shellWord } from '../shell/words.ts';
import { HomerunError, usageError } from '../system/errors.ts';
import { listServices, readService, type ServiceEntry, startLook } from '../system/node/services.ts';
import { chooseOne, chooseServices } from './choose.ts';
import type { Context } from './context.ts';
import { cancelled } from './prompts.ts';

export interface Picking {
  /** The command's name, for messages: `restart`. */
  readonly command: string;
  /** --all was given; null: there is no --all here. */
  readonly all: boolean | null;
  /** Which entries `--all` and the menu stand for. */
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
  const [word] = words;
  if (word !== undefined) {
    if (picking.all === true) throw usageError(`${picking.command}: names and --all do not go together`);
    if (picking.one !== true) return chooseServices(words, entries, layout);
    if (words.length > 1) throw usageError(`${picking.command}: expected one service`);
    return [chooseOne(word, entries, layout)];
  }
  const eligible = entries.filter(picking.eligible);
  if (picking.all !== true && !context.interactive && eligible.length === 0) {
    throw usageError(`${picking.command}: which service?`, 'All there are: homerun status');
  }
  if (picking.all === true || eligible.length === 0) {
    if (eligible.length > 0) return eligible;
    throw new HomerunError('no-services', `${picking.command}: there are no ${picking.kind}`, {
      hint: 'All there are: homerun status',
    });
  }
  if (!context.interactive) {
    throw usageError(
      `${picking.command}: which service?`,
      `Name it (homerun ${picking.command} ${shellWord(eligible[0]?.name ?? '')})${picking.all === null ? '.' : ', or say --all.'}`,
    );
  }
  return pickFromMenu(context, layout, eligible, picking);
}

async function pickFromMenu(
  context: Context,
  layout: Layout,
  eligible: readonly ServiceEntry[],
  picking: Picking,
): Promise<ServiceEntry[]> {
  const clack = await import('@clack/prompts');
  const look = startLook(layout, context.places);
  const options = eligible.map((entry) => ({
    value: entry.name,
    // Who chooses what to start or stop wants to know what runs.
    label: `${harmless(entry.name)} (${judgeService(readService(look, entry), context.clock.now()).short})`,
  }));
  const answer =
    picking.one === true
      ? await clack.select({ message: `Which service to ${picking.command}?`, options })
      : await clack.multiselect({ message: `Which services to ${picking.command}?`, options });
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
