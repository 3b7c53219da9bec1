// `npm run bench [-- PART...] [-- --rounds N]`: every bench/PART.mjs in turn, side by side with what is installed,
// printed and kept in bench/RESULTS.md (a part that was not run keeps its old section there).
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

const missed = [];
let failed = 0;
for (const part of wanted.length > 0 ? wanted : available) {
  const { title, measure } = await import(pathToFileURL(join(root, 'bench', `${part}.mjs`)).href);
  if (typeof measure !== 'function') continue;
  console.log(`## ${title}\n`);
  const where = machine();
  try {
    const lines = [`## ${title}`, '', `${new Date().toISOString().slice(0, 10)}: ${where}.`, ''];
    // One after the other as they are measured, where the part gives them so.
    for await (const table of await measure({ rounds })) {
      const shown = tableLines(table);
      console.log(shown.join('\n'));
      lines.push(...shown);
      missed.push(...table.goals.filter(({ met }) => !met).map(({ text }) => `${part}: ${text}`));
    }
    const sections = readSections();
    sections.set(part, `${lines.join('\n').trimEnd()}\n`);
    writeSections(sections);
  } catch (error) {
    failed += 1;
    console.error(`${part}: ${error.stack ?? error}\n`);
  }
}
console.log(missed.length === 0 ? 'Every goal is met.' : `NOT met:\n  ${missed.join('\n  ')}`);
// Parts may leave handles of ended children behind.
process.exit(failed > 0 || missed.length > 0 ? 1 : 0);
