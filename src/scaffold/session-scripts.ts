/** The runner and svl from templates/session, as text. Pure: the templates' texts come in. */
import { basename } from 'node:path';
import Handlebars from 'handlebars';
import type { Layout } from '../layout/layout.ts';
import { PATIENCE } from '../layout/patience.ts';
import { shellWord } from '../shell/words.ts';

/** The templates' texts, as they are in templates/session. */
export interface SessionTemplates {
  readonly runner: string;
  readonly svl: string;
}

export const SESSION_TEMPLATE_FILES: Readonly<Record<keyof SessionTemplates, string>> = {
  runner: 'runner.sh.hbs',
  svl: 'svl.hbs',
};

/** Where the scripts look first for the programs; they search on when something has moved. */
export interface ProgramPlaces {
  /** The folder of the system's runit; undefined where there is none now. */
  readonly systemFolder: string | undefined;
  /** INSTALLATION/runit. */
  readonly bundledFolder: string;
  /** The Node that runs now. */
  readonly node: string;
  /** A directory that only runners of this user's layout lock. */
  readonly lockFolder: string;
}

/** The document's number of dots: room for so many characters of messages in ps. */
const DOTS = 400;

export interface SessionScripts {
  readonly runner: string;
  readonly svl: string;
}

/** Renders both. Every value goes in as one quoted shell word. */
export function renderSessionScripts(
  layout: Layout,
  places: ProgramPlaces,
  templates: SessionTemplates,
): SessionScripts {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('sh', (value: unknown) => shellWord(String(value)));
  // Comments: a newline in a name would end the comment.
  handlebars.registerHelper('comment', (value: unknown) => String(value).replaceAll(/[\r\n]/g, '?'));
  const render = (text: string): string =>
    handlebars.compile(text, { noEscape: true, strict: true })({
      shell: layout.shell,
      serviceDir: layout.serviceDir,
      engine: layout.engine,
      systemFolder: places.systemFolder ?? '',
      bundledFolder: places.bundledFolder,
      node: places.node,
      lockFolder: places.lockFolder,
      keep: layout.keepRunning ? 'yes' : 'no',
      patience: PATIENCE,
      dots: '.'.repeat(DOTS),
      name: basename(layout.svl),
    });
  return { runner: render(templates.runner), svl: render(templates.svl) };
}
