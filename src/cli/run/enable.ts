import { join } from 'node:path';
import { apply } from '../../plan/apply.ts';
import type { Operation } from '../../plan/operation.ts';
import { homerunLine } from '../../shell/words.ts';
import { readSlot, type ServiceEntry } from '../../system/node/services.ts';
import { findSupervisor, sendControl } from '../../system/node/supervisor.ts';
import type { RunCommand } from '../context.ts';
import { say } from '../fold.ts';
import { loadLayout } from '../layout.ts';
import { pickServices } from '../menu.ts';
import { planWorld } from '../plan-world.ts';
import {
  awaitSupervised,
  explainFailure,
  isThere,
  notSupervised,
  proveUp,
  refuseDangling,
  superviseOf,
} from '../service-work.ts';

export const run: RunCommand = async (context, { words, options }) => {
  const layout = loadLayout(context);
  const starting = options.start !== false;
  const picked = await pickServices(context, layout, words, {
    command: 'enable',
    all: options.all === true,
    eligible: (entry) => !entry.enabled,
    kind: 'services that are not enabled',
  });
  refuseDangling(picked);
  const begun = context.clock.now();
  const operations: Operation[] = [];
  for (const entry of picked) {
    const down = join(entry.path, 'down');
    if (starting && isThere(down)) operations.push({ kind: 'remove', path: down });
    if (!starting && !entry.enabled && !isThere(down))
      operations.push({ kind: 'write', path: down, contents: '' });
  }
  // The links come last: what becomes visible to runsvdir is complete.
  for (const entry of picked) {
    if (!entry.enabled) {
      operations.push({ kind: 'symlink', path: join(layout.serviceDir, entry.name), target: entry.path });
    }
  }
  apply({ title: `enable ${picked.map(({ name }) => name).join(' ')}`, operations }, planWorld(context));

  const linked = picked.map(
    (entry): ServiceEntry => ({ ...entry, enabled: true, path: join(layout.serviceDir, entry.name) }),
  );
  const names = linked.map(({ name }) => name).join(' ');
  if (findSupervisor(layout.serviceDir) === null) {
    say(context, `${names}: enabled; no supervisor runs yet: homerun up\n`);
    return 0;
  }
  const missing = await awaitSupervised(context, layout, linked);
  if (missing.length > 0) {
    throw notSupervised(missing);
  }
  if (!starting) {
    say(
      context,
      `${names}: enabled, not started (there is a down file): ${homerunLine(
        'start',
        linked.map(({ name }) => name),
      )}\n`,
    );
    return 0;
  }
  for (const entry of linked) {
    if (readSlot(superviseOf(entry))?.want !== 'up') sendControl(superviseOf(entry), 'u');
  }
  const proofs = await proveUp(context, linked, begun);
  for (const proof of proofs) {
    const { name } = proof.entry;
    const before = picked.some((entry) => entry.name === name && entry.enabled);
    if (proof.up)
      say(context, `${name}: ${before ? 'was enabled already' : 'enabled'}, running (pid ${proof.pid})\n`);
    else await explainFailure(context, layout, proof);
  }
  return proofs.every(({ up }) => up) ? 0 : 1;
};
