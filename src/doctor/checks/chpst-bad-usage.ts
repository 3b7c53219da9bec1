import { serviceCheck } from '../check.ts';
import { runOf } from '../places.ts';
import { lastWords } from '../words-of-daemons.ts';
import { isFlapping } from './flapping.ts';

export const check = serviceCheck({
  id: 'chpst-bad-usage',
  severity: 'error',
  layer: 'daemon',
  title: 'chpst is called with an option that this version does not know',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'chpst prints its usage and ends with 100 for an unknown option, a bad number, or without a program. -C DIR, for example, is known only to newer versions.',
    'By hand: chpst without arguments lists the options.',
  ],
  see: (snapshot, service) => {
    if (!isFlapping(snapshot, service.main)) return undefined;
    const said = lastWords(snapshot, service).filter((line) =>
      /^chpst: (illegal|invalid) option|^chpst: option requires|^usage: chpst /.test(line),
    );
    const place = runOf(snapshot, service);
    const line = place.meaning?.started.find(
      (started) =>
        started.wrappers.some(({ program }) => program.endsWith('chpst')) ||
        started.program?.endsWith('chpst'),
    );
    if (said.length === 0 || line === undefined) return undefined;
    return {
      path: place.path,
      summary: 'chpst does not understand its options',
      evidence: [
        said[0] as string,
        `run, line ${line.line}: ${line.command.words
          .map((word) => word.raw)
          .join(' ')
          .slice(0, 70)}`,
      ],
      cause:
        'It prints its usage and ends. chpst without arguments lists what this version knows; correct the line.',
    };
  },
});
