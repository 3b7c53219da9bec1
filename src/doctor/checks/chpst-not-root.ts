import { scriptCheck } from '../check.ts';
import { treeOf } from '../tree.ts';

export const check = scriptCheck({
  id: 'chpst-not-root',
  severity: 'error',
  layer: 'daemon',
  title: 'chpst is to change the user, the root directory or to a negative nice level, which only root may',
  section: 'Runit Log File Overview',
  explain: [
    'chpst -u USER, -U, -/ and a negative -n need root. In a tree of your own the service runs as you already; chpst says "unable to setgroups: permission denied" and ends, each second.',
    'By hand: take the option out of run.',
  ],
  see: (snapshot, { meaning, path, name }) => {
    const uid = treeOf(snapshot).main?.process.uid ?? snapshot.who.uid;
    if (uid === 0) return undefined;
    return (meaning?.started ?? []).flatMap((started) =>
      started.wrappers.flatMap(({ program, args }) => {
        if (!/(^|\/)(chpst|setuidgid)$/.test(program)) return [];
        const words = args.filter((word): word is string => word !== null);
        const at = words.findIndex(
          (word, index) =>
            /^-[vVP012]*[u/]/.test(word) ||
            (/^-[vVP012]*n/.test(word) &&
              /^-\d/.test(word.replace(/^-[vVP012]*n/, '') || (words[index + 1] ?? ''))),
        );
        if (program.endsWith('chpst') && at < 0) return [];
        const option = program.endsWith('chpst') ? [words[at], words[at + 1]].filter(Boolean).join(' ') : '';
        return [
          {
            path,
            summary: `${name} calls ${program.split('/').pop()} ${option}, which only root may`.replace(
              '  ',
              ' ',
            ),
            evidence: [
              `line ${started.line}: ${started.command.words
                .map((word) => word.raw)
                .join(' ')
                .slice(0, 70)}`,
            ],
            cause: `The service runs as ${snapshot.who.user} already: take ${option === '' ? program : option} out of ${name}.`,
          },
        ];
      }),
    );
  },
});
