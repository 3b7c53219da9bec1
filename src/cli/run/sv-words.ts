import { join } from 'node:path';
import type { Layout } from '../../layout/layout.ts';
import { homerunLine } from '../../shell/words.ts';
import { parseVerb } from '../../supervisor/core/sv-command.ts';
import { HomerunError, usageError } from '../../system/errors.ts';
import { runProgramHere } from '../../system/node/attached.ts';
import { listServices, readSlot, type ServiceEntry } from '../../system/node/services.ts';
import type { Context, RunCommand } from '../context.ts';
import { enginePaths } from '../engine.ts';
import { say } from '../fold.ts';
import { loadLayout } from '../layout.ts';
import { pickServices } from '../menu.ts';
import { awaitReady, explainFailure, isThere, proveUp, superviseOf } from '../service-work.ts';

/** After these the service should be up, and stay up. */
const STARTS = new Set(['start', 'restart', 'up', 'force-restart', 'try-restart', 'force-reload', 'term']);
/** Of these, those that leave a service down that is down. */
const IF_UP = new Set(['try-restart', 'force-reload', 'term']);
const STOPS = new Set(['stop', 'down', 'force-stop']);
const EXITS = new Set(['exit', 'shutdown', 'force-shutdown']);
const ENDS = new Set([...STOPS, ...EXITS, 'kill']);

/** `NAME/log`, where NAME is a service with a log: the log service by its own name for sv. */
function splitLogs(words: readonly string[], entries: readonly ServiceEntry[]) {
  const logs: string[] = [];
  const names: string[] = [];
  for (const word of words) {
    const base = /^(.+)\/log\/?$/.exec(word)?.[1];
    const entry = base === undefined ? undefined : entries.find(({ name }) => name === base);
    if (entry !== undefined && isThere(join(entry.path, 'log'))) logs.push(`${entry.name}/log`);
    else names.push(word);
  }
  return { logs, names };
}

/**
 * Those of the services that can be told something. Of services that were named one by one all must be, else nothing is
 * done; one that is broken keeps nobody from restarting all the others with --all.
 */
async function chooseReady(
  context: Context,
  layout: Layout,
  verb: string,
  entries: readonly ServiceEntry[],
  all: boolean,
): Promise<{ ready: readonly ServiceEntry[]; left: boolean }> {
  const { ready, problems } = await awaitReady(context, layout, { verb, ends: ENDS.has(verb) }, entries);
  const [first] = problems;
  if (first === undefined) return { ready, left: false };
  if (!all || ready.length === 0) throw first;
  for (const problem of problems) context.err(`homerun: ${problem.message}\n${problem.hint ?? ''}\n`);
  return { ready, left: true };
}

/** One verb of sv, by its name or letter. */
export function runVerb(word: string): RunCommand {
  return async (context, { words, options }) => {
    const verb = parseVerb(word, false);
    if (verb === undefined) throw usageError(`${word}: no such command`);
    const wait = options.wait === undefined ? undefined : String(options.wait);
    if (wait !== undefined && !/^\d{1,6}$/.test(wait)) {
      throw usageError(`--wait ${wait}: expected whole seconds`);
    }
    const layout = loadLayout(context);
    const engine = enginePaths(context, layout.engine);
    const { logs, names } = splitLogs(words, listServices(layout));
    const chosen =
      logs.length > 0 && names.length === 0
        ? []
        : await pickServices(context, layout, names, {
            command: word,
            all: options.all === true,
            eligible: (entry) => entry.enabled,
            kind: 'enabled services',
          });
    const { ready: picked, left } = await chooseReady(
      context,
      layout,
      verb.name,
      chosen,
      options.all === true || words.length === 0,
    );

    // sv takes a name without a leading dot or slash from $SVDIR; what is not enabled goes by its path.
    const targets = [...picked.map((entry) => (entry.enabled ? entry.name : entry.path)), ...logs];
    const before = new Map(picked.map((entry) => [entry.name, readSlot(superviseOf(entry))]));
    const begun = context.clock.now();
    const result = await runProgramHere(
      engine.sv,
      [
        ...(verb.waits === true ? [] : ['-v']),
        ...(wait === undefined ? [] : ['-w', wait]),
        verb.name,
        ...targets,
      ],
      { env: { ...process.env, SVDIR: layout.serviceDir } },
    );
    if (result.error !== null) {
      throw new HomerunError('sv-failed', `${engine.sv}: cannot be started (${result.error.code})`);
    }
    if (result.code === 100) throw usageError(`${word}: sv does not take it`, result.stderr.trim());

    const wantsDown = (entry: ServiceEntry): boolean => before.get(entry.name)?.want === 'down';
    const proving = STARTS.has(verb.name)
      ? IF_UP.has(verb.name) && picked.some(wantsDown)
        ? []
        : picked
      : // sv's check is satisfied with a service that ends again and again: it is down, and wanted up.
        verb.name === 'check'
        ? picked.filter((entry) => !wantsDown(entry))
        : [];
    const proofs = await proveUp(context, proving, begun);
    const failed = proofs.filter(({ up }) => !up);
    // sv's line of it would say ok, or that it timed out; what is said of it below says more.
    const said = result.stdout
      .split('\n')
      .filter((line) => !failed.some(({ entry }) => line.includes(`: ${entry.name}: `)))
      .join('\n');
    context.out(said);
    context.err(result.stderr);
    for (const proof of failed) await explainFailure(context, layout, proof);

    if (STOPS.has(verb.name) && result.code === 0) {
      const back = picked.filter((entry) => entry.enabled && !isThere(join(entry.path, 'down')));
      if (back.length > 0) {
        const disable = homerunLine(
          'disable',
          back.map(({ name }) => name),
        );
        say(
          context,
          context.colours.dim(
            `${back.length === 1 ? 'It starts' : 'They start'} again with the next session; for good: ${disable}`,
          ) + '\n',
        );
      }
    }
    if (STOPS.has(verb.name) && result.code !== 0 && verb.kills !== true) {
      context.err(
        `What does not end is killed by: ${homerunLine(
          'force-stop',
          picked.map(({ name }) => name),
        )}\n`,
      );
    }
    if (EXITS.has(verb.name)) {
      say(context, context.colours.dim('runsvdir starts its runsv again while it is enabled.') + '\n');
    }
    return result.code === 0 && failed.length === 0 && !left ? 0 : 1;
  };
}
