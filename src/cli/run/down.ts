import { tilde } from '../../plan/preview.ts';
import type { RunCommand } from '../context.ts';
import { enginePaths } from '../engine.ts';
import { say } from '../fold.ts';
import { printJson } from '../json.ts';
import { loadLayout } from '../layout.ts';
import { stopSupervisor, tellNamed } from '../supervisor.ts';

export const run: RunCommand = async (context, { words, options }) => {
  const layout = loadLayout(context);
  const engine = enginePaths(context, layout.engine);
  const json = options.json === true;
  if (words.length > 0) {
    const { ok, said } = await tellNamed(context, layout, engine, 'down', words);
    if (json) printJson(context, { ok, stopped: words });
    else context.out(said);
    return ok ? 0 : 1;
  }
  const { supervisors, left } = await stopSupervisor(context, layout, engine);
  const short = tilde(layout.serviceDir, context.identity.home);
  if (json) printJson(context, { ok: left.length === 0, supervisors, left });
  else if (left.length > 0) {
    context.err(`homerun: ${short}: still there: ${left.join(', ')}\nLook why: homerun doctor\n`);
  } else if (supervisors === 0) say(context, `No supervisor runs for ${short}.\n`);
  else say(context, `The supervisor of ${short} and every service are down.\n`);
  return left.length === 0 ? 0 : 1;
};
