// `node scripts/figures.mjs [--check]`: makes the README's comparison table, between its two markers, from
// bench/RESULTS.md. Nothing is typed by hand: a row is there when RESULTS.md has the figure. --check only compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './ensure.mjs';

const BEGIN = '<!-- figures:start -->';
const END = '<!-- figures:end -->';

/** Which tables of RESULTS.md go into the README, by the start of their headings, and what they are called there. */
const TAKEN = [
  ['Asking for a status', 'asking for a status'],
  ['From the death of a daemon', 'from a daemon’s death to its next start'],
  ['Memory of the supervision of 10', 'memory of 10 services and their logs, without the daemons'],
  ['Processor time at rest', 'processor time at rest, for each second'],
];

/** Columns, in their order; a row of RESULTS.md may be known by several names. */
const COLUMNS = [
  ['homerun, shared', ['homerun, shared', 'homerun: sv']],
  ['homerun, classic', ['homerun, classic', 'homerun: sv']],
  ['C runit', ['C runit']],
  ['s6', ['s6']],
  ['daemontools', ['daemontools']],
  ['supervisord', ['supervisord']],
  ['pm2', ['pm2']],
];

function fail(message) {
  console.error(`figures: ${message}`);
  process.exit(1);
}

const resultsFile = join(root, 'bench', 'RESULTS.md');
if (!existsSync(resultsFile)) fail(`${resultsFile} is not there: run \`npm run bench\` first`);
const results = readFileSync(resultsFile, 'utf8');

/** Every table of RESULTS.md: heading, unit, and name → figure as it is printed there. */
const tables = [...results.matchAll(/^### (.*)\n\n((?:\|.*\n)+)/gm)].map(([, heading, lines]) => {
  const [head, , ...rows] = lines
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return { heading, unit: head[1], figures: new Map(rows.map(([name, value]) => [name, value])) };
});

const rows = TAKEN.flatMap(([start, label]) => {
  const found = tables.find(({ heading }) => heading.startsWith(start));
  if (found === undefined) return [];
  const cells = COLUMNS.map(([, names]) => {
    const value = names.map((name) => found.figures.get(name)).find((each) => each !== undefined);
    return value === undefined || value === '-' ? '–' : `${value} ${found.unit}`;
  });
  return [[label, ...cells]];
});
if (rows.length === 0)
  fail('bench/RESULTS.md has none of the tables that the README shows: run `npm run bench -- programs`');

const where = /^## Supervisors side by side\n\n(.*)$/m.exec(results)?.[1] ?? '';
const table = [
  BEGIN,
  `| | ${COLUMNS.map(([name]) => name).join(' | ')} |`,
  `|---|${COLUMNS.map(() => '--:').join('|')}|`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
  '',
  `Medians; ${where} All of it: [bench/RESULTS.md](bench/RESULTS.md), by \`npm run bench\`.`,
  END,
].join('\n');

const readmeFile = join(root, 'README.md');
const readme = readFileSync(readmeFile, 'utf8');
const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
if (from === -1 || to < from) fail(`${readmeFile} has no place for the table:\n${BEGIN}\n${END}`);
const made = readme.slice(0, from) + table + readme.slice(to + END.length);
if (process.argv.includes('--check')) {
  if (made !== readme)
    fail('README.md does not show the figures of bench/RESULTS.md: run `node scripts/figures.mjs`');
} else {
  writeFileSync(readmeFile, made);
  console.log(table);
}
