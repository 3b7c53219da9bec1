import { join } from 'node:path';
import { type Layout, logFolder, stateFolder } from '../../layout/layout.ts';
import { apply } from '../../plan/apply.ts';
import type { Operation } from '../../plan/operation.ts';
import { tilde } from '../../plan/preview.ts';
import { homerunLine, shellWords } from '../../shell/words.ts';
import { HomerunError, usageError } from '../../system/errors.ts';
import { findLogFolder, type ServiceEntry } from '../../system/node/services.ts';
import type { Context, RunCommand } from '../context.ts';
import { say } from '../fold.ts';
import { loadLayout } from '../layout.ts';
import { confirm, pickServices } from '../menu.ts';
import { planWorld } from '../plan-world.ts';
import { isThere } from '../service-work.ts';
import { disableServices, reportTrouble } from './disable.ts';

/** Where the logs are, whether inside the service's own directory, and where they would be kept then. */
function logsOf(context: Context, layout: Layout, entry: ServiceEntry, home: string) {
  const folder = findLogFolder(layout, home, join(layout.serviceAll, home), context.env);
  const inside = folder.startsWith(`${join(layout.serviceAll, home)}/`);
  // Only a directory that is this service's own by its name may be taken away.
  const own = inside || folder === logFolder(layout, home);
  const kept = join(stateFolder(context.places), 'log', `${entry.name}.removed-${context.clock.now()}`);
  return { folder, there: isThere(folder), inside, own, kept };
}

export const run: RunCommand = async (context, { words, options }) => {
  const layout = loadLayout(context);
  const withLogs = options.logs === true;
  const picked = await pickServices(context, layout, words, {
    command: 'remove',
    all: null,
    eligible: () => true,
    kind: 'services',
  });
  const names = shellWords(picked.map(({ name }) => name));
  const foreign = picked.find(
    (entry) => entry.home === null && entry.enabled && entry.path !== '' && isThere(join(entry.path, '.')),
  );
  if (foreign !== undefined) {
    throw new HomerunError(
      'not-ours',
      `${foreign.path}: it does not lead into ${layout.serviceAll}: its directory is left alone`,
      { hint: `Take only the link away: ${homerunLine('disable', [foreign.name])}` },
    );
  }
  if (options.yes !== true) {
    if (!context.interactive) {
      throw usageError(
        `remove ${names}: not without a question`,
        `To do it without one: ${homerunLine(
          'remove',
          picked.map(({ name }) => name),
          '--yes',
        )}`,
      );
    }
    const logs = withLogs ? ', and their logs' : '; the logs are kept';
    const what = picked.map((entry) =>
      tilde(join(layout.serviceAll, entry.home ?? entry.name), context.identity.home),
    );
    if (!(await confirm(`Stop ${names} and remove ${what.join(', ')}${logs}?`, false))) {
      context.err('Nothing was changed.\n');
      return 1;
    }
  }
  const title = `remove ${picked.map(({ name }) => name).join(' ')}`;
  const { trouble, id } = await disableServices(context, layout, picked, title);
  reportTrouble(context, trouble, layout);
  if (trouble.size > 0) {
    context.err('homerun: remove: nothing was removed: what still runs needs its directory\n');
    return 1;
  }
  const operations: Operation[] = [];
  const says: string[] = [];
  for (const entry of picked) {
    if (entry.home === null) {
      says.push(`${entry.name}: link removed`);
      continue;
    }
    const directory = join(layout.serviceAll, entry.home);
    const logs = logsOf(context, layout, entry, entry.home);
    let about = '';
    if (logs.there && withLogs && logs.own && !logs.inside) {
      operations.push({ kind: 'remove', path: logs.folder, recursive: true });
      about = ', its logs too';
    } else if (logs.there && withLogs && !logs.own) {
      about = `; its logs in ${logs.folder} are left alone: that directory may be another's too`;
    } else if (logs.there && !withLogs && logs.inside) {
      operations.push({ kind: 'mkdir', path: join(stateFolder(context.places), 'log') });
      operations.push({ kind: 'rename', from: logs.folder, to: logs.kept });
      about = `; its logs are kept in ${tilde(logs.kept, context.identity.home)}`;
    } else if (logs.there && !withLogs) {
      about = `; its logs are kept in ${tilde(logs.folder, context.identity.home)}`;
    }
    operations.push({ kind: 'remove', path: directory, recursive: true });
    says.push(`${entry.name}: removed${about}`);
  }
  if (operations.length > 0) apply({ title, operations }, planWorld(context), id);
  say(context, `${says.join('\n')}\nTo have it back: homerun undo\n`);
  return 0;
};
