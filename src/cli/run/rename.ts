import { join } from 'node:path';
import { readLogFolders } from '../../everyday/log-folder.ts';
import { logFolder } from '../../layout/layout.ts';
import { serviceNameProblem } from '../../layout/service-name.ts';
import { apply, blockedError } from '../../plan/apply.ts';
import type { Operation } from '../../plan/operation.ts';
import { survey } from '../../plan/survey.ts';
import { shellWord } from '../../shell/words.ts';
import { HomerunError, usageError } from '../../system/errors.ts';
import {
  findLogFolder,
  listServices,
  readSlot,
  readText,
  type ServiceEntry,
} from '../../system/node/services.ts';
import { findSupervisor } from '../../system/node/supervisor.ts';
import { chooseOne } from '../choose.ts';
import type { RunCommand } from '../context.ts';
import { say } from '../fold.ts';
import { loadLayout } from '../layout.ts';
import { planWorld } from '../plan-world.ts';
import {
  awaitSupervised,
  explainFailure,
  isThere,
  notSupervised,
  proveUp,
  superviseOf,
} from '../service-work.ts';
import { disableServices, reportTrouble } from './disable.ts';

/** The text of a log/run with the service's name changed where it ends a path. */
function renamedLogRun(script: string, from: string, to: string): string {
  const name = from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return script.replace(new RegExp(`/${name}(?=["'\\s/;]|$)`, 'gm'), () => `/${to}`);
}

export const run: RunCommand = async (context, { words }) => {
  const layout = loadLayout(context);
  const [from = '', to = ''] = words;
  const problem = serviceNameProblem(to);
  if (problem !== null) throw usageError(`${to}: no name for a service: ${problem}`);
  const entry = chooseOne(from, listServices(layout), layout);
  const title = `rename ${entry.name} to ${to}`;
  if (entry.home === null) {
    throw new HomerunError(
      'not-ours',
      `${entry.path}: it does not lead to a directory in ${layout.serviceAll}`,
      {
        hint: `Rename its link by hand: mv ${shellWord(entry.path)} ${shellWord(join(layout.serviceDir, to))}`,
      },
    );
  }
  const directory = join(layout.serviceAll, entry.home);
  const target = join(layout.serviceAll, to);
  for (const taken of [target, join(layout.serviceDir, to)]) {
    if (isThere(taken)) throw new HomerunError('name-taken', `${to}: ${taken} is there already`);
  }

  const operations: Operation[] = [{ kind: 'rename', from: directory, to: target }];
  const logs = findLogFolder(layout, entry.home, directory, context.env);
  const newLogs = logFolder(layout, to);
  // The log directory goes along when it is this service's own by its name, and outside of its directory.
  if (layout.logs !== 'inside' && logs === logFolder(layout, entry.home) && isThere(logs)) {
    if (isThere(newLogs)) {
      throw new HomerunError('name-taken', `${to}: there are logs of that name already: ${newLogs}`, {
        hint: `Move them away first: mv ${shellWord(newLogs)} ${shellWord(`${newLogs}.old`)}`,
      });
    }
    const script = readText(join(directory, 'log/run'));
    const changed = script === null ? null : renamedLogRun(script, entry.home, to);
    // Only a log/run that then names the new directory lets the logs go along; else they stay where they are.
    if (changed !== null && readLogFolders(changed, join(target, 'log'), context.env)[0] === newLogs) {
      operations.push({ kind: 'rename', from: logs, to: newLogs });
      operations.push({ kind: 'write', path: join(target, 'log/run'), contents: changed });
    }
  }
  if (entry.enabled) operations.push({ kind: 'symlink', path: join(layout.serviceDir, to), target });
  // Before anything is stopped: what stands in the way of any step.
  const found = survey({ title, operations }, context.files);
  if (found.problems.length > 0) throw blockedError(title, found.problems);

  const wasDown = entry.enabled && readSlot(superviseOf(entry))?.want === 'down';
  let id: string | undefined;
  if (entry.enabled) {
    const disabled = await disableServices(context, layout, [entry], title);
    const { trouble } = disabled;
    id = disabled.id;
    if (trouble.size > 0) {
      reportTrouble(context, trouble, layout);
      return 1;
    }
  }
  apply({ title, operations }, planWorld(context), id);
  const begun = context.clock.now();
  if (!entry.enabled || findSupervisor(layout.serviceDir) === null) {
    say(context, `${entry.name}: is called ${to} now\n`);
    return 0;
  }
  const renamed: ServiceEntry = {
    name: to,
    enabled: true,
    installed: true,
    path: join(layout.serviceDir, to),
    home: to,
  };
  const missing = await awaitSupervised(context, layout, [renamed]);
  if (missing.length > 0) {
    throw notSupervised(missing);
  }
  if (wasDown || isThere(join(target, 'down'))) {
    say(context, `${entry.name}: is called ${to} now\n`);
    return 0;
  }
  const [proof] = await proveUp(context, [renamed], begun);
  if (proof === undefined || !proof.up) {
    if (proof !== undefined) await explainFailure(context, layout, proof);
    return 1;
  }
  say(context, `${entry.name}: is called ${to} now, running (pid ${proof.pid})\n`);
  return 0;
};
