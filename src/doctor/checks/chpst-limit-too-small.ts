import { serviceCheck } from '../check.ts';
import { runOf } from '../places.ts';
import { lastWords } from '../words-of-daemons.ts';
import { isFlapping } from './flapping.ts';

const LIMIT = /^-[vVP012]*([mdofcpt])/;

export const check = serviceCheck({
  id: 'chpst-limit-too-small',
  severity: 'error',
  layer: 'daemon',
  title: 'a limit of chpst (-m, -d, -o ...) is too low for the program to start',
  section: 'Make the Daemon Program',
  explain: [
    'chpst -m BYTES, -o FILES and so on set limits. With one that is too low the program dies before it can say a word (killed by a signal), or the loader says "error while loading shared libraries".',
    'By hand: take the option away to try, then set a higher number.',
  ],
  see: (snapshot, service) => {
    if (!isFlapping(snapshot, service.main)) return undefined;
    const place = runOf(snapshot, service);
    const last = place.meaning?.last;
    const option = last?.wrappers
      .filter(({ program }) => /(^|\/)(chpst|softlimit|prlimit)$/.test(program))
      .flatMap(({ args }) =>
        args.flatMap((word, at) =>
          word !== null && LIMIT.test(word)
            ? [`${word} ${/\d/.test(word) ? '' : (args[at + 1] ?? '')}`.trim()]
            : [],
        ),
      );
    if (last == null || option === undefined || option.length === 0) return undefined;
    const words = lastWords(snapshot, service);
    const loader = words.filter((line) =>
      /error while loading shared libraries|out of memory|cannot allocate memory|Error 24|Segmentation/i.test(
        line,
      ),
    );
    if (words.length > 0 && loader.length === 0) return undefined;
    return {
      path: place.path,
      summary: `it dies under the limit ${option.join(', ')}`,
      evidence: [
        `run, line ${last.line}: chpst ${option.join(' ')}`,
        ...(loader.length > 0 ? loader.slice(-1) : ['it ends without a word']),
      ],
      cause:
        'The limit may be too low for it even to start. Take the option away to see, then set a higher number.',
    };
  },
});
