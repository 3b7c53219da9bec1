/** init's questions, in the order of the layout; what a flag said already is not asked. */
import { basename, dirname, join } from 'node:path';
import type { Layout, SessionKind } from '../layout/layout.ts';
import { pathFolders } from '../layout/path-search.ts';
import { tilde } from '../plan/preview.ts';
import type { FoundTree } from '../scaffold/adopt.ts';
import { SESSION_FILES } from '../scaffold/hook.ts';
import type { Machine } from '../scaffold/machine.ts';
import {
  badPair,
  badPath,
  badScriptName,
  logsOf,
  SESSION_KINDS,
  sessionFile,
  typedPath,
  type Wishes,
} from '../scaffold/wishes.ts';
import type { Context } from './context.ts';
import { systemEngine } from './engine.ts';
import { adviseOnLogs } from './machine.ts';
import type { Choice, Prompts } from './prompts.ts';

type Draft = { -readonly [Key in keyof Wishes]: Wishes[Key] };

/** Where each session file is read. */
const SESSION_WORDS: Readonly<Record<Exclude<SessionKind, 'none'>, string>> = {
  xinitrc: 'startx, xinit',
  xsession: 'xdm and display managers on Debian',
  xprofile: 'GDM, LightDM, SDDM',
  sway: 'sway',
  river: 'river',
  labwc: 'labwc',
  hyprland: 'Hyprland',
  i3: 'i3',
};

/** The compositor or window manager that this terminal runs under, when its environment tells. */
function currentSession(env: Context['env']): SessionKind | undefined {
  if (env.SWAYSOCK !== undefined) return 'sway';
  if (env.HYPRLAND_INSTANCE_SIGNATURE !== undefined) return 'hyprland';
  if (env.LABWC_PID !== undefined) return 'labwc';
  if (env.XDG_CURRENT_DESKTOP === 'river') return 'river';
  return undefined;
}

/** Offers the trees that are there already; gives wishes that adopt one, or nothing. */
export async function askAdoption(
  context: Context,
  prompts: Prompts,
  trees: readonly FoundTree[],
): Promise<FoundTree | undefined> {
  const home = context.identity.home;
  const count = (tree: FoundTree): string =>
    tree.services.length === 1 ? '1 service' : `${tree.services.length} services`;
  const answer = await prompts.select({
    message: `There are services already. Use them?\n${context.colours.dim('The tree stays as it is, and is not doubled.')}`,
    choices: [
      ...trees.map((tree, index) => ({
        value: String(index),
        label: tilde(tree.serviceDir, home),
        hint: `${count(tree)}; ${tree.because.replaceAll(home, '~')}`,
      })),
      { value: 'none', label: 'No, make a new tree' },
    ],
    initial: '0',
  });
  return answer === 'none' ? undefined : trees[Number(answer)];
}

/** Asks what no flag said. `base` gives the defaults. */
export async function askWishes(
  context: Context,
  prompts: Prompts,
  given: Wishes,
  base: Layout,
  machine: Machine,
): Promise<Wishes> {
  const { places } = context;
  const home = context.identity.home;
  const world = { places, cwd: context.cwd };
  const { dim } = context.colours;
  const ask = (question: string, why: string): string => `${question}\n${dim(why)}`;
  const short = (path: string): string => tilde(path, home);
  const wishes: Draft = { ...given };

  wishes.serviceAll ??= await prompts.text({
    message: ask(
      'Where do the service directories go?',
      'One directory a service: its run script, its log, its state.',
    ),
    initial: short(base.serviceAll),
    check: (text) => badPath(text) ?? notADirectory(context, typedPath(text, world)),
  });
  const serviceAll = typedPath(wishes.serviceAll, world);
  wishes.serviceDir ??= await prompts.text({
    message: ask(
      'Which directory does runsvdir look at?',
      'It holds a link for each service that is to run: take the link away and it stops.',
    ),
    initial: short(base.serviceDir),
    check: (text) => {
      const path = typedPath(text, world);
      return badPath(text) ?? badPair(serviceAll, path) ?? notADirectory(context, path);
    },
  });

  if (given.binDir === undefined && given.svlName === undefined) {
    const onPath = pathFolders(context.env.PATH);
    const script = await prompts.text({
      message: ask(
        'Where does the control script go?',
        `You type its name a lot: svl status, svl down NAME. On your PATH: ${
          [...new Set(onPath)]
            .filter((folder) => folder.startsWith(`${home}/`))
            .map(short)
            .join(', ') || 'no folder of yours yet'
        }.`,
      ),
      initial: short(base.svl),
      check: (text) => {
        const path = typedPath(text, world);
        return badPath(text) ?? badScriptName(basename(path)) ?? notADirectory(context, dirname(path));
      },
    });
    wishes.binDir = dirname(typedPath(script, world));
    wishes.svlName = basename(typedPath(script, world));
    if (!onPath.includes(wishes.binDir)) {
      prompts.warn(
        `${short(wishes.binDir)} is not on your PATH yet; the line for your profile comes at the end.`,
      );
    }
  }
  wishes.runner ??= await prompts.text({
    message: ask(
      'Where does the runner go?',
      'The script that starts runsvdir. It should not be on PATH: your session runs it, once.',
    ),
    initial: short(base.runner),
    check: (text) => badPath(text) ?? notADirectory(context, dirname(typedPath(text, world))),
  });

  wishes.logs ??= await askLogs(context, prompts, base, machine, ask);

  if (given.shell === undefined) {
    const shells = [...new Set([base.shell, ...machine.shells])];
    wishes.shell = await prompts.select({
      message: ask('Which shell runs the generated scripts?', 'They run in each of these; sh is everywhere.'),
      choices: shells.map((path) => ({ value: path, label: path, hint: shellHint(context, path) })),
      initial: base.shell,
    });
  }
  if (given.engine === undefined) {
    const system = systemEngine(context);
    const choices: Choice<'system' | 'bundled'>[] = [
      {
        value: 'system',
        label: "The system's runit",
        ...(system === undefined
          ? { disabled: true, hint: 'not installed' }
          : { hint: `${dirname(system.runsvdir)}; two small processes a service` }),
      },
      {
        value: 'bundled',
        label: "homerun's own",
        hint: 'one Node process for all; daemons outlive its crash',
      },
    ];
    wishes.engine = await prompts.select({
      message: ask('Which programs supervise?', 'They do the same, and each can take over from the other.'),
      choices,
      initial: system === undefined ? 'bundled' : base.engine,
    });
  }
  if (given.session === undefined && given.sessionFile === undefined) {
    const here = currentSession(context.env);
    const initial = base.session.kind === 'xinitrc' && here !== undefined ? here : base.session.kind;
    wishes.session = await prompts.select({
      message: ask(
        'Which session starts the services?',
        'It gets a few lines between two markers, and nothing else changes.',
      ),
      choices: SESSION_KINDS.map((kind) => {
        if (kind === 'none') return { value: kind, label: 'None', hint: 'you start them: homerun up' };
        const file = sessionFile(kind, places) as string;
        if (context.files.existsSync(file))
          return { value: kind, label: short(file), hint: `${SESSION_WORDS[kind]}; there` };
        // homerun makes no file without which the system's own would be read.
        return SESSION_FILES[kind].fresh === undefined
          ? { value: kind, label: short(file), hint: 'has to be there first', disabled: true }
          : { value: kind, label: short(file), hint: `${SESSION_WORDS[kind]}; not there yet` };
      }),
      initial,
    });
    // The file of an earlier init stays when the kind does.
    if (wishes.session === base.session.kind && base.session.file !== null)
      wishes.sessionFile = base.session.file;
  }
  return wishes;
}

async function askLogs(
  context: Context,
  prompts: Prompts,
  base: Layout,
  machine: Machine,
  ask: (question: string, why: string) => string,
): Promise<string> {
  const home = context.identity.home;
  const world = { places: context.places, cwd: context.cwd };
  const homeIsInMemory = (await adviseOnLogs(context, machine, home)).verdict === 'refuse';
  const choices: Choice<string>[] = [];
  const places: readonly (readonly [string, string])[] = [
    ['state', `${tilde(logsOf('state', world), home)}/NAME`],
    ['inside', 'log/main in each service directory'],
    ['home', '~/rlogs/NAME'],
  ];
  for (const [value, label] of places) {
    const folder = value === 'inside' ? base.serviceAll : logsOf(value, world);
    const advice = await adviseOnLogs(context, machine, folder);
    const refused = advice.verdict === 'refuse' && !homeIsInMemory;
    choices.push({ value, label, hint: advice.text, ...(refused ? { disabled: true } : {}) });
  }
  const current =
    base.logs === 'inside'
      ? 'inside'
      : (['state', 'home'].find((value) => logsOf(value, world) === base.logs) ?? 'other');
  choices.push({
    value: 'other',
    label: 'Another directory',
    hint: current === 'other' ? tilde(base.logs, home) : 'such as /var/log/users/NAME',
  });
  const answer = await prompts.select({
    message: ask(
      'Where do the logs go?',
      'On a disk of this machine with room: up to 11 MB a service, old ones go by themselves.',
    ),
    choices,
    initial: current,
  });
  if (answer !== 'other') return answer;
  for (;;) {
    const text = await prompts.text({
      message: ask('Which directory?', 'Each service gets a directory of its own name in it.'),
      initial: current === 'other' ? tilde(base.logs, home) : join('~', 'logs'),
      check: (typed) => badPath(typed) ?? notADirectory(context, typedPath(typed, world)),
    });
    const advice = await adviseOnLogs(context, machine, typedPath(text, world));
    if (advice.verdict === 'fine') prompts.info(advice.text);
    else prompts.warn(advice.text);
    if (advice.verdict !== 'refuse' || homeIsInMemory) return text;
  }
}

/** Why a path cannot be a directory: something else is there. */
function notADirectory(context: Context, path: string): string | undefined {
  try {
    return context.files.statSync(path).isDirectory() ? undefined : 'there is something else at this path';
  } catch {
    return undefined;
  }
}

function shellHint(context: Context, path: string): string {
  const real = context.files.realpathSync(path);
  return real === path || basename(real) === basename(path) ? '' : `is ${basename(real)}`;
}
