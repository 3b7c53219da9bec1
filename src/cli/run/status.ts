import { type ProcessDocument, statusDocument } from '../../everyday/status-document.ts';
import {
  judgeAll,
  nextStep,
  noneSupervised,
  type StatusRow,
  statusLines,
} from '../../everyday/status-view.ts';
import { harmless } from '../../everyday/width.ts';
import type { Layout } from '../../layout/layout.ts';
import { usageError } from '../../system/errors.ts';
import { readService, startLook } from '../../system/node/services.ts';
import { chooseOrAll } from '../choose.ts';
import type { Context, RunCommand } from '../context.ts';
import { printJson } from '../json.ts';
import { loadLayout } from '../layout.ts';

async function look(context: Context, layout: Layout, words: readonly string[]): Promise<StatusRow[]> {
  const entries = chooseOrAll(words, layout);
  const reading = startLook(layout, context.places);
  let services = entries.map((entry) => readService(reading, entry));
  // Our own supervisor keeps a history of endings; the C runit does not, so loops are looked for.
  if (layout.engine === 'system') {
    const { isSuspicious, sampleStarts } = await import('../../system/node/sampling.ts');
    if (services.some((facts) => isSuspicious(facts, context.clock.now()))) {
      services = await sampleStarts(services, context.clock.now);
    }
  }
  return judgeAll(services, context.clock.now());
}

async function processesOf(
  rows: readonly StatusRow[],
): Promise<ReadonlyMap<string, readonly ProcessDocument[]>> {
  const { processTree, readProcesses } = await import('../../system/node/processes.ts');
  const processes = readProcesses();
  return new Map(
    rows.map(({ facts }) => {
      const own = facts.supervised ? (facts.slot?.pid ?? null) : null;
      const log = facts.log?.slot?.pid ?? null;
      const trees = [own, log].flatMap((pid) => (pid === null ? [] : (processTree(pid, processes) ?? [])));
      // A log that the shared supervisor hosts has its pid: what else that has started is not the log's.
      return [facts.name, trees.map((tree) => (isHost(tree) ? { ...tree, children: [] } : tree))];
    }),
  );
}

function isHost({ command }: ProcessDocument): boolean {
  return /^(?:\S*\/)?runsvdir /.test(command);
}

/** `├─ 123 command`, and what is below it. */
function treeLines(documents: readonly ProcessDocument[], indent = ''): string[] {
  return documents.flatMap((document, index) => {
    const last = index === documents.length - 1;
    return [
      `${indent}${last ? '└─' : '├─'} ${document.pid} ${isHost(document) ? 'svlogd, in the supervisor' : harmless(document.command)}`,
      ...treeLines(document.children, `${indent}${last ? '   ' : '│  '}`),
    ];
  });
}

async function supervisorRuns(layout: Layout): Promise<boolean> {
  const { findSupervisor } = await import('../../system/node/supervisor.ts');
  return findSupervisor(layout.serviceDir) !== null;
}

async function lines(
  context: Context,
  layout: Layout,
  rows: readonly StatusRow[],
  tree: boolean,
  width: number,
): Promise<string[]> {
  if (rows.length === 0) return ['No services yet. Make one: homerun add-service'];
  const processes = tree ? await processesOf(rows) : undefined;
  const shown = statusLines(rows, {
    now: context.clock.now(),
    width,
    paint: context.colours,
    ...(processes === undefined
      ? {}
      : { below: ({ facts }: StatusRow) => treeLines(processes.get(facts.name) ?? []) }),
  });
  const next = nextStep(rows, !noneSupervised(rows) || (await supervisorRuns(layout)));
  return next === null ? shown : [...shown, '', next];
}

async function watch(
  context: Context,
  seconds: number,
  draw: (width: number) => Promise<string[]>,
): Promise<number> {
  const { openScreen } = await import('../screen.ts');
  const screen = openScreen();
  let over = false;
  let drawing: Promise<void> = Promise.resolve();
  const redraw = (): Promise<void> => {
    drawing = drawing.then(async () => {
      if (over) return;
      const title = `${new Date(context.clock.now()).toTimeString().slice(0, 8)}  every ${seconds} s  q ends`;
      screen.draw([context.colours.dim(title), '', ...(await draw(screen.columns))]);
    });
    return drawing;
  };
  screen.onResize(() => void redraw().catch(() => {}));
  const ended = screen.ended.then((signal) => {
    over = true;
    return signal;
  });
  try {
    while (!over) {
      await redraw();
      await Promise.race([ended, context.clock.wait(seconds * 1000)]);
    }
    await ended;
  } finally {
    screen.close();
  }
  return 0;
}

export const run: RunCommand = async (context, { words, options }) => {
  const layout = loadLayout(context);
  const every = options.watch === undefined ? null : options.watch === true ? 1 : Number(options.watch);
  if (every !== null && !(every >= 0.2 && every <= 86_400)) {
    throw usageError(`--watch ${String(options.watch)}: expected seconds from 0.2 on`);
  }
  if (every !== null && options.json === true) throw usageError('--watch and --json do not go together');
  if (every !== null) {
    if (!context.terminal)
      throw usageError('status: --watch needs a terminal', 'Once, without one: homerun status');
    (await import('../screen.ts')).needCursor(context, '--watch');
    return watch(context, every, async (width) =>
      lines(context, layout, await look(context, layout, words), options.tree === true, width),
    ).then((code) => {
      // The timer of the last wait would keep the process for up to that many seconds.
      process.exit(code);
    });
  }
  const rows = await look(context, layout, words);
  if (options.json === true) {
    const document = statusDocument(rows, {
      now: context.clock.now(),
      serviceDir: layout.serviceDir,
      serviceAll: layout.serviceAll,
      engine: layout.engine,
      ...(options.tree === true ? { processes: await processesOf(rows) } : {}),
    });
    printJson(context, document);
  } else {
    const width = context.terminal ? context.columns : Number.POSITIVE_INFINITY;
    context.out(`${(await lines(context, layout, rows, options.tree === true, width)).join('\n')}\n`);
  }
  return rows.some(({ judgement }) => judgement.problem) ? 1 : 0;
};
