import { scriptCheck } from '../check.ts';
import { lastWords } from '../words-of-daemons.ts';
import { isFlapping } from './flapping.ts';

/** Below these hardly any program starts or stays: by ulimit's letter, in its units. */
const LEAST: Readonly<Record<string, { readonly least: number; readonly what: string }>> = {
  n: { least: 10, what: 'open files' },
  f: { least: 64, what: 'blocks that a file may grow to' },
  v: { least: 20_000, what: 'kB of address space' },
  d: { least: 1000, what: 'kB of data' },
  m: { least: 1000, what: 'kB of memory' },
  s: { least: 64, what: 'kB of stack' },
  t: { least: 60, what: 'seconds of CPU time' },
  u: { least: 20, what: 'processes of the user, all together' },
};

export const check = scriptCheck({
  id: 'run-ulimit',
  severity: 'warning',
  layer: 'run',
  title: 'run sets a limit (ulimit) under which hardly a program can work',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'ulimit in a run script counts for the daemon, too. With three open files no program can load its libraries; with a file size of 0 nothing can be written, and who tries is killed by SIGXFSZ without a word.',
    'By hand: take the line away to try, then set a higher number.',
  ],
  see: (snapshot, { meaning, path, name, supervise, service }) => {
    for (const command of meaning?.commands ?? []) {
      if (command.words[0]?.text !== 'ulimit' || command.inFunction !== null) continue;
      const words = command.words.slice(1).map((word) => word.text);
      const at = words.findIndex((word) => /^-[SH]*[a-z]$/.test(word));
      const letter = at < 0 ? 'f' : (words[at]?.at(-1) as string);
      const text = words[at + 1] ?? '';
      const limit = Object.hasOwn(LEAST, letter) ? LEAST[letter] : undefined;
      if (limit === undefined || !/^\d+$/.test(text) || Number(text) >= limit.least) continue;
      const ends = isFlapping(snapshot, supervise);
      return {
        path,
        severity: ends ? 'error' : 'warning',
        summary: `${name} allows only ${text} ${limit.what}`,
        evidence: [
          `line ${command.line}: ${command.words.map((word) => word.raw).join(' ')}`,
          ...(ends && name === 'run' ? lastWords(snapshot, service).slice(-1) : []),
        ],
        cause: 'The daemon has the limits that its script sets. Take the line away, or set a higher number.',
      };
    }
    return undefined;
  },
});
