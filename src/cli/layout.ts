/** The user's layout from `$XDG_CONFIG_HOME/homerun/config.json`. */
import { configFile, type Layout, parseLayout } from '../layout/layout.ts';
import { errnoCode, HomerunError } from '../system/errors.ts';
import type { Context } from './context.ts';

/**
 * The layout, or undefined where `init` has not been run.
 *
 * @throws HomerunError `bad-layout` when the file is there but cannot be used
 */
export function findLayout(context: Context): Layout | undefined {
  const path = configFile(context.places);
  let text: string;
  try {
    // A FIFO would keep the reader waiting for ever.
    if (!context.files.statSync(path).isFile()) {
      throw new HomerunError('bad-layout', `${path}: it is not a regular file`, {
        hint: `Write it anew: mv '${path}' '${path}.old' && homerun init`,
      });
    }
    text = context.files.readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof HomerunError) throw error;
    if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ENOTDIR') return undefined;
    throw new HomerunError('bad-layout', `${path}: cannot be read (${errnoCode(error) ?? error})`, {
      cause: error,
    });
  }
  const parsed = parseLayout(text);
  if (parsed.ok) return parsed.layout;
  throw new HomerunError('bad-layout', `${path}: ${parsed.why}`, {
    hint: `Mend the file, or write it anew: mv '${path}' '${path}.old' && homerun init`,
  });
}

/** The layout. @throws HomerunError `no-layout` where `init` has not been run, `bad-layout` for a broken file */
export function loadLayout(context: Context): Layout {
  const layout = findLayout(context);
  if (layout !== undefined) return layout;
  throw new HomerunError(
    'no-layout',
    `${configFile(context.places)}: there is none, so nothing is set up yet`,
    {
      hint: 'Set it up first: homerun init',
    },
  );
}
