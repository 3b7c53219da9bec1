// `npm run bench [-- PART...] [-- --rounds N]`: every bench/PART.mjs in turn, side by side with what is installed,
// printed and kept in bench/RESULTS.md, each table as soon as it is measured: what comes after it may fail or be broken
// off. What was not measured keeps its old figures there.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild, ensurePackages, root } from './ensure.mjs';

ensurePackages();
ensureBuild();

const { machine, tableLines } = await import(pathToFileURL(join(root, 'bench', 'lib.mjs')).href);

const available = readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.mjs') && name !== 'lib.mjs')
  .map((name) => name.slice(0, -4))
  .sort();

const wanted = [];
let rounds = 7;
const args = process.argv.slice(2);
for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
  if (arg === '--rounds') rounds = Number(args.shift());
  else if (available.includes(arg)) wanted.push(arg);
  else {
    console.error(`usage: npm run bench -- [--rounds N] [PART...]\nparts: ${available.join(' ')}`);
    process.exit(2);
  }
}
if (!(rounds >= 1)) {
  console.error('bench: --rounds wants a number from 1 up');
  process.exit(2);
}

const resultsFile = join(root, 'bench', 'RESULTS.md');

/** The sections that RESULTS.md holds: part → lines between its two markers. */
function readSections() {
  const sections = new Map();
  if (!existsSync(resultsFile)) return sections;
  for (const match of readFileSync(resultsFile, 'utf8').matchAll(
    /<!-- part ([\w-]+) -->\n([\s\S]*?)<!-- end \1 -->/g,
  )) {
    sections.set(match[1], match[2]);
  }
  return sections;
}

function writeSections(sections) {
  const text = [
    '# Results of `npm run bench`',
    '',
    'Medians of several rounds, taken in turns so that a busy moment hits all alike. Each part names the machine and',
    'the day; `npm run bench -- PART` measures a part again.',
    '',
    ...[...sections.keys()]
      .filter((part) => available.includes(part))
      .sort()
      .flatMap((part) => [`<!-- part ${part} -->`, `${sections.get(part)}<!-- end ${part} -->`, '']),
  ].join('\n');
  writeFileSync(resultsFile, text);
}

/** A section as its first lines and its tables, by heading. */
function splitSection(text) {
  const [intro = '', ...tables] = text.split(/^(?=### )/m);
  return {
    intro,
    tables: new Map(tables.map((lines) => [lines.split('\n', 1)[0], `${lines.trimEnd()}\n\n`])),
  };
}

const missed = [];
let failed = 0;
for (const part of wanted.length > 0 ? wanted : available) {
  const { title, measure, partial } = await import(pathToFileURL(join(root, 'bench', `${part}.mjs`)).href);
  if (typeof measure !== 'function') continue;
  console.log(`## ${title}\n`);
  const when = `${new Date().toISOString().slice(0, 10)}: ${machine()}.`;
  const section = splitSection(readSections().get(part) ?? '');
  const isNew = partial !== true || section.tables.size === 0;
  if (isNew) section.intro = `## ${title}\n\n${when}\n\n`;
  const measured = new Set();
  const keep = () => {
    const sections = readSections();
    const text = `${section.intro}${[...section.tables.values()].join('')}`;
    sections.set(part, `${text.trimEnd()}\n`);
    writeSections(sections);
  };
  try {
    // One after the other as they are measured, where the part gives them so.
    for await (const table of await measure({ rounds })) {
      const shown = tableLines(isNew ? table : { ...table, notes: [...table.notes, `measured ${when}`] });
      console.log(shown.join('\n'));
      missed.push(...table.goals.filter(({ met }) => !met).map(({ text }) => `${part}: ${text}`));
      measured.add(shown[0]);
      section.tables.set(shown[0], `${shown.join('\n').trimEnd()}\n\n`);
      keep();
    }
    // All of it was measured: tables that there are no more go.
    if (partial !== true)
      for (const heading of section.tables.keys()) if (!measured.has(heading)) section.tables.delete(heading);
    keep();
  } catch (error) {
    failed += 1;
    console.error(`${part}: ${error.stack ?? error}\n`);
  }
}
console.log(missed.length === 0 ? 'Every goal is met.' : `NOT met:\n  ${missed.join('\n  ')}`);
// Parts may leave handles of ended children behind.
process.exit(failed > 0 || missed.length > 0 ? 1 : 0);
