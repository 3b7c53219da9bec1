/** The findings as a person reads them. Pure: colours are handed in. */
import type { Check } from './check.ts';
import { isFlapping } from './checks/flapping.ts';
import { type Diagnosis, isHealthy } from './diagnose.ts';
import type { Finding, Fix, Risk, Severity } from './finding.ts';
import { linked } from './tree.ts';
import { tilde } from './words.ts';

export interface Palette {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const RISKS: Readonly<Record<Risk, string>> = {
  safe: 'safe: touches nothing that runs',
  restart: 'restarts the service',
  destructive: 'deletes what cannot be made again',
};

/** A list of folders (PATH) may be broken behind its colons. */
function pieces(word: string, columns: number): string[] {
  if (word.length <= columns || !/^[^\s:]*\/[^\s:]*:\//.test(word)) return [word];
  const found: string[] = [];
  let piece = '';
  for (const part of word.split(/(?<=:)/)) {
    if (piece !== '' && piece.length + part.length > columns) {
      found.push(piece);
      piece = '';
    }
    piece += part;
  }
  return [...found, piece];
}

/** Text in lines of at most so many columns; words longer than that stay whole, so that paths can be copied. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => pieces(each, columns))) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line.trimEnd());
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const LABEL = 7;

/** Names and last words of others: what would steer the terminal, or turn its text around, is shown as `?`. */
function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    '?',
  );
}

/** A line end in a name would begin a line of the report's own. */
const onOneLine = (text: string): string => visible(text).replaceAll('\n', '?');

/** Paths below the home folder in a sentence, as `where` has them: `~/service_all/newtest`. */
export function shortened(text: string, { home }: { readonly home: string }): string {
  if (home.length < 2) return text;
  const pattern = home.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  // In a command for root, ~ would be root's.
  const forRoot = text.search(/\b(?:as root: |root has to run )/i);
  if (forRoot >= 0) return shortened(text.slice(0, forRoot), { home }) + text.slice(forRoot);
  return text.replace(new RegExp(`(^|[\\s(])${pattern}(?=/|[\\s:,;)]|$)`, 'g'), '$1~');
}

function labelled(
  label: string,
  texts: readonly string[],
  columns: number,
  palette: Palette,
  whole = false,
): string {
  const rows = texts.flatMap((text) => (whole ? [text] : wrap(text, Math.max(30, columns - 2 - LABEL))));
  return rows
    .map((row, index) => `  ${palette.dim((index === 0 ? label : '').padEnd(LABEL))}${row}\n`)
    .join('');
}

function severityWord(severity: Severity, palette: Palette): string {
  const paint = { error: palette.red, warning: palette.yellow, info: palette.cyan }[severity];
  return paint(severity.padEnd(7));
}

export function riskWord(fix: Fix): string {
  return RISKS[fix.risk];
}

export function formatFinding(
  finding: Finding,
  diagnosis: Diagnosis,
  columns: number,
  palette: Palette,
): string {
  const { snapshot } = diagnosis;
  const shown = (line: string): string => onOneLine(shortened(line, snapshot.who));
  const title = wrap(`${shown(finding.summary)}  [${finding.check}]`, columns - 9)
    .map((line, index) => (index === 0 ? line : `         ${line}`))
    .join('\n');
  let text = `${severityWord(finding.severity, palette)}  ${palette.bold(title)}\n`;
  if (finding.services !== undefined)
    text += labelled('hits', [onOneLine(finding.services.join(', '))], columns, palette);
  if (finding.path !== null)
    text += labelled('where', [onOneLine(tilde(snapshot, finding.path))], columns, palette, true);
  if (finding.evidence.length > 0) text += labelled('seen', finding.evidence.map(shown), columns, palette);
  text += labelled('why', [shown(finding.cause)], columns, palette);
  if (finding.fix !== null) {
    text += labelled('mend', finding.fix.commands.map(visible), columns, palette, true);
    text += labelled('', [palette.dim(`--fix does it (${riskWord(finding.fix)})`)], columns, palette, true);
  }
  return text;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** `5 services: 3 up, 1 crash-looping, 1 down`. */
export function formatCounts(diagnosis: Diagnosis): string {
  const services = linked(diagnosis.snapshot);
  // One that starts and ends again and again may be seen at a moment when it runs.
  const restless = services.filter((each) => isFlapping(diagnosis.snapshot, each.main));
  const up = services.filter(
    (each) => !restless.includes(each) && each.main.answers === 'ok' && each.main.status?.state === 'run',
  ).length;
  const rest = services.length - up - restless.length;
  const parts = [
    `${up} up`,
    ...(restless.length > 0 ? [`${restless.length} crash-looping`] : []),
    ...(rest > 0 ? [`${rest} down`] : []),
  ];
  return `${plural(services.length, 'service')}${services.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

export function formatReport(diagnosis: Diagnosis, columns: number, palette: Palette): string {
  const { findings, failed, snapshot } = diagnosis;
  const count = (severity: Severity): number => findings.filter((each) => each.severity === severity).length;
  const width = Math.min(columns, 100);
  const infos = findings.filter((each) => each.severity === 'info');
  let text = '';
  if (isHealthy(diagnosis)) {
    const counts = `${formatCounts(diagnosis)}; ${plural(diagnosis.checks, 'check')}, nothing wrong`;
    text += wrap(counts, width - 9)
      .map((line, index) => `${index === 0 ? palette.green('healthy') : '       '}  ${line}\n`)
      .join('');
    for (const info of infos) {
      text += wrap(`${visible(shortened(info.summary, snapshot.who))}  [${info.check}]`, width - 9)
        .map((line, index) => `${index === 0 ? severityWord('info', palette) : '       '}  ${line}\n`)
        .join('');
    }
  } else {
    text += findings.map((finding) => formatFinding(finding, diagnosis, width, palette)).join('\n');
    for (const { check, why } of failed) {
      text += `${palette.red('failed ')}  the check ${check} could not judge: ${why}\n`;
    }
    const parts = [plural(count('error'), 'error'), plural(count('warning'), 'warning')];
    if (infos.length > 0) parts.push(`${infos.length} for information`);
    const footer = [`${formatCounts(diagnosis)}; ${parts.join(', ')}`];
    if (findings.some((each) => each.fix !== null))
      footer.push('To mend: homerun doctor --fix (--dry-run shows what it would do)');
    footer.push(`More about one: homerun explain ${(findings[0]?.check ?? failed[0]?.check) as string}`);
    text += `\n${footer
      .flatMap((line) => wrap(line, width - 2).map((row, index) => (index === 0 ? row : `  ${row}`)))
      .join('\n')}\n`;
  }
  if (snapshot.unread.length > 0) {
    const shown = snapshot.unread.slice(0, 5);
    text += `\nNot looked at:\n${shown.map(({ path, why }) => `  ${visible(tilde(snapshot, path))}: ${why}\n`).join('')}`;
    if (snapshot.unread.length > shown.length)
      text += `  and ${snapshot.unread.length - shown.length} more (--json lists them)\n`;
  }
  return text;
}

export function formatList(checks: readonly Check[], columns: number, palette: Palette): string {
  const width = Math.max(...checks.map((check) => check.id.length));
  return checks
    .map((check) => {
      const rows = wrap(check.title, Math.max(30, columns - width - 11));
      return rows
        .map((row, index) =>
          index === 0
            ? `${check.id.padEnd(width)}  ${severityWord(check.severity, palette)}  ${row}\n`
            : `${' '.repeat(width + 11)}${row}\n`,
        )
        .join('');
    })
    .join('');
}

export function formatExplanation(check: Check, columns: number, palette: Palette): string {
  const width = Math.min(columns, 80);
  const body = check.explain
    .map((paragraph) => (paragraph.startsWith('  ') ? paragraph : wrap(paragraph, width).join('\n')))
    .join('\n\n');
  const [first, ...rest] = wrap(`${check.id} (${check.severity}): ${check.title}`, width);
  const title = [first?.replace(check.id, palette.bold(check.id)), ...rest].join('\n');
  const source = wrap(`Comes from: ${check.section}`, width)
    .map((line) => palette.dim(line))
    .join('\n');
  return `${title}\n\n${body}\n\n${source}\n`;
}
