import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const explain: CommandSpec = {
  name: 'explain',
  words: '[check]',
  summary: 'says what a check looks for, why, and how to mend it by hand',
  options: [jsonOption('explain')],
  exitCodes: [
    [0, 'printed'],
    [2, 'wrong usage, or there is no such check'],
  ],
  examples: [
    { command: 'homerun explain run-crlf', meaning: 'DOS line ends in a run script' },
    { command: 'homerun doctor --list', meaning: 'the names of all checks' },
  ],
  completes: 'check',
  load: async () => (await import('../run/explain.ts')).run,
};
