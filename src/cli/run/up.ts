import type { Layout } from '../../layout/layout.ts';
import { tilde } from '../../plan/preview.ts';
import { usageError } from '../../system/errors.ts';
import { listServices } from '../../system/node/services.ts';
import type { Context, RunCommand } from '../context.ts';
import { enginePaths } from '../engine.ts';
import { say } from '../fold.ts';
import { printJson } from '../json.ts';
import { loadLayout } from '../layout.ts';
import {
  findSupervisors,
  isStopping,
  serviceNames,
  startSupervisor,
  statusOfAll,
  tellNamed,
} from '../supervisor.ts';

/** The document of --json; `silent`: what a supervisor that was started does not answer for. */
function report(
  context: Context,
  { serviceDir }: Layout,
  { started, pid, silent }: { started: boolean; pid: number; silent: readonly string[] },
): void {
  const services = serviceNames(context, serviceDir);
  printJson(context, { ok: silent.length === 0, started, pid, services, silent });
}

export const run: RunCommand = async (context, { words, options }) => {
  const layout = loadLayout(context);
  const engine = enginePaths(context, layout.engine);
  const short = tilde(layout.serviceDir, context.identity.home);
  const json = options.json === true;
  if (json && options.foreground === true) throw usageError('up: --foreground and --json do not go together');
  if (words.length > 0) {
    const { ok, said } = await tellNamed(context, layout, engine, 'up', words);
    if (json) printJson(context, { ok, services: words });
    else context.out(said);
    return ok ? 0 : 1;
  }
  const [running] = findSupervisors(context, layout.serviceDir);
  const stopping = running !== undefined && (await isStopping(context, layout, running));
  if (running !== undefined && !stopping) {
    if (json) report(context, layout, { started: false, pid: running, silent: [] });
    else say(context, `The supervisor of ${short} runs already, process ${running}.\n`);
    return 0;
  }
  if (options.foreground === true) {
    const { runInFront } = await import('../../system/node/detached.ts');
    context.err(`The supervisor of ${short} runs in front; Ctrl-C stops it and every service.\n`);
    return runInFront(layout.runner, [], {
      env: context.env as NodeJS.ProcessEnv,
      cwd: context.identity.home,
    });
  }
  const { pid, silent } = await startSupervisor(context, layout, engine, running);
  if (json) {
    report(context, layout, { started: true, pid, silent });
    return silent.length === 0 ? 0 : 1;
  }
  say(context, `The supervisor of ${short} runs, process ${pid}.\n`);
  const { text } = await statusOfAll(context, layout, engine);
  const installed = text === '' && listServices(layout).length > 0;
  const none = installed
    ? 'No service is enabled yet: homerun enable\n'
    : 'There are no services yet: homerun add-service\n';
  context.out(text === '' ? none : text);
  if (silent.length === 0) return 0;
  context.err(
    `homerun: ${silent.join(', ')}: the supervisor does not answer for ${silent.length === 1 ? 'it' : 'them'}\nLook why: homerun doctor\n`,
  );
  return 1;
};
