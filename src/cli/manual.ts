/** Manual pages of homerun and its commands, made from the commands' records. */
import { type CommandSpec, exitCodesOf } from './spec.ts';

/** Text for roff: backslashes, dashes, and lines that would be requests. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('`', '\\(ga')
    .replaceAll("'", '\\(aq')
    .replace(/^\./gm, '\\&.');
}

/** A paragraph of prose: what stands between backquotes in bold. */
function prose(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? roff(part) : `\\fB${roff(part)}\\fR`))
    .join('');
}

/** `-n, --lines <number>`: the names bold, the value in italics. */
function flags(text: string): string {
  return text
    .split(/(<[^>]+>|\[[^\]]+\])/)
    .map((part) =>
      part.startsWith('<')
        ? `\\fI${roff(part.slice(1, -1))}\\fR`
        : part.startsWith('[')
          ? `[\\fI${roff(part.slice(1, -1))}\\fR]`
          : part
              .split(/(, | )/)
              .map((word) => (word.startsWith('-') ? `\\fB${roff(word)}\\fR` : word))
              .join(''),
    )
    .join('');
}

const head = (name: string, version: string): string =>
  `.\\" Made by scripts/man.mjs from the commands' records: change those.\n.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "homerun ${version}" "homerun"\n`;

const section = (title: string): string => `.SH ${title}\n`;
const tagged = (tag: string, text: string): string => `.TP\n${tag}\n${text}\n`;

/** The synopsis of a command: its words with values in italics. */
function synopsis(spec: CommandSpec): string {
  const words = spec.words
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const name = roff(word.replace(/[<>[\].]/g, ''));
      const many = word.includes('...') ? ' ...' : '';
      return word.startsWith('[') ? `[\\fI${name}\\fR${many}]` : `\\fI${name}\\fR${many}`;
    });
  const options = spec.options.length > 0 ? ' [\\fIoptions\\fR]' : '';
  return `\\fBhomerun ${roff(spec.name)}\\fR${options}${words.length > 0 ? ` ${words.join(' ')}` : ''}\n`;
}

/** `homerun-NAME.1`. */
export function commandPage(spec: CommandSpec, version: string): string {
  const name = `homerun-${spec.name}`;
  let page = head(name, version);
  page += `${section('NAME')}${roff(name)} \\- ${prose(spec.summary)}\n`;
  page += section('SYNOPSIS') + synopsis(spec);
  const paragraphs = spec.description ?? [];
  if (paragraphs.length > 0) page += section('DESCRIPTION') + paragraphs.map(prose).join('\n.PP\n') + '\n';
  if (spec.options.length > 0) {
    page += section('OPTIONS');
    for (const option of spec.options) {
      const choices = option.choices === undefined ? '' : ` One of ${option.choices.map(roff).join(', ')}.`;
      page += tagged(flags(option.flags), `${prose(option.summary)}${choices === '' ? '' : `.${choices}`}`);
    }
  }
  page += section('"EXIT STATUS"');
  for (const [code, meaning] of exitCodesOf(spec)) page += tagged(`\\fB${code}\\fR`, prose(meaning));
  if (spec.examples.length > 0) {
    page += section('EXAMPLES');
    for (const { command, meaning } of spec.examples) {
      page += tagged(`\\fB${roff(command)}\\fR`, prose(meaning));
    }
  }
  return `${page}${section('"SEE ALSO"')}.BR homerun (1)\n`;
}

/** `homerun.1`: what it is, the commands, files and environment. */
export function mainPage(commands: readonly CommandSpec[], version: string): string {
  const shown = commands.filter((command) => command.hidden !== true);
  let page = head('homerun', version);
  page += `${section('NAME')}homerun \\- daemons of your own, supervised under your own user\n`;
  page += `${section('SYNOPSIS')}\\fBhomerun\\fR\n.br\n\\fBhomerun\\fR \\fIcommand\\fR [\\fIoptions\\fR] [\\fIword\\fR ...]\n`;
  page += `${section('DESCRIPTION')}${prose(
    'homerun sets up a supervisor for one user, in the manner of runit: real service directories in one place (~/service_all), links to those that are to run in another (~/service_gui), and a control script (svl). It brings its own runsvdir, runsv, sv, svlogd and chpst, which are exchangeable with those of runit, and works with the C programs as well.',
  )}\n.PP\n${prose(
    'Without a command it shows the status of everything, once `homerun init` has been run. Every other word of sv(8) is a command too, for your own services: `homerun term mpd`.',
  )}\n`;
  page += section('COMMANDS');
  for (const command of shown) {
    page += tagged(`\\fBhomerun\\-${roff(command.name)}\\fR(1)`, prose(command.summary));
  }
  page += section('OPTIONS');
  page += tagged('\\fB\\-h\\fR, \\fB\\-\\-help\\fR', 'of homerun, or of the command in front of it');
  page += tagged('\\fB\\-\\-version\\fR', 'prints the version');
  page += tagged(
    '\\fB\\-\\-json\\fR',
    prose(
      'with the commands that have it: prints one JSON document and nothing else on standard output. It begins with its version; schema/COMMAND.schema.json in the folder of homerun describes it. Within a version fields may be added; none changes its meaning or goes. A command that refuses prints no document: the reason is on standard error.',
    ),
  );
  page += tagged('\\fB\\-\\-debug\\fR', 'with any command: shows where an error comes from');
  page += section('"EXIT STATUS"');
  page += tagged('\\fB0\\fR', 'done');
  page += tagged('\\fB1\\fR', 'the command found or met a problem');
  page += tagged('\\fB2\\fR', 'wrong usage');
  page += section('ENVIRONMENT');
  page += tagged('\\fBHOME\\fR', 'every default hangs on it');
  page += tagged(
    '\\fBXDG_CONFIG_HOME\\fR, \\fBXDG_STATE_HOME\\fR',
    'as the XDG base directory specification has it',
  );
  page += tagged('\\fBNO_COLOR\\fR', 'no colours');
  page += tagged('\\fBVISUAL\\fR, \\fBEDITOR\\fR', 'the editor of \\fBhomerun edit\\fR');
  page += tagged('\\fBCI\\fR', 'no questions');
  page += section('FILES');
  const files: readonly (readonly [string, string])[] = [
    ['~/.config/homerun/config.json', 'where everything is'],
    ['~/.config/homerun/env/', 'variables of all services, one file each'],
    ['~/.config/homerun/templates/', 'templates of your own'],
    ['~/.config/homerun/no-notify', 'no notifications while it is there'],
    ['~/.local/state/homerun/journal/', 'what homerun changed, for homerun undo'],
    ['~/.local/state/homerun/log/', 'the logs, a directory for each service'],
  ];
  for (const [path, meaning] of files) page += tagged(`\\fI${roff(path)}\\fR`, roff(meaning));
  return `${page}${section('"SEE ALSO"')}.BR runsvdir (8),\n.BR runsv (8),\n.BR sv (8),\n.BR svlogd (8),\n.BR chpst (8)\n`;
}

/** Every page made from records, by file name. */
export function manualPages(commands: readonly CommandSpec[], version: string): ReadonlyMap<string, string> {
  const pages = new Map<string, string>([['homerun.1', mainPage(commands, version)]]);
  for (const command of commands) {
    if (command.hidden !== true) pages.set(`homerun-${command.name}.1`, commandPage(command, version));
  }
  return pages;
}
