import { scriptCheck } from '../check.ts';
import { lastTarget } from '../places.ts';
import { treeOf } from '../tree.ts';
import { shellPath } from '../words.ts';

/** First bytes, hexadecimal, of files that are something else than a program. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^1f8b/, 'compressed with gzip'],
  [/^425a68/, 'compressed with bzip2'],
  [/^fd377a585a00/, 'compressed with xz'],
  [/^28b52ffd/, 'compressed with zstd'],
  [/^504b0304/, 'a zip archive'],
  [/^213c617263683e/, 'a package (ar)'],
  [/^377abcaf/, 'an archive (7z)'],
  [/^4d5a/, 'a program for Windows'],
  [/^(cafebabe|cffaedfe)/, 'a program for macOS, or a Java class'],
];
/** What a server answers instead of a file. */
const PAGE = /^\s*<(!doctype|html|\?xml|head|body)\b/i;

export const check = scriptCheck({
  id: 'daemon-not-a-program',
  severity: 'error',
  layer: 'daemon',
  title: 'the file that run starts is no program: empty, an archive, a page of a web server',
  section: 'Make the Daemon Program',
  explain: [
    'A download that gave an error page, an archive that was not unpacked, or a full disk that left an empty file: it is there and executable, and is no program. The kernel refuses it; some shells then read it as a script, and an empty one ends at once with success.',
    'By hand: file PROGRAM; head -c 100 PROGRAM. Get it again.',
  ],
  see: (snapshot, place) => {
    const file = lastTarget(snapshot, place)?.fact?.path;
    const script = file === undefined ? undefined : snapshot.scripts[file];
    if (file === undefined || script === undefined) return undefined;
    if (treeOf(snapshot).daemon(place.supervise)?.exe === snapshot.paths[file]?.real) return undefined;
    const kind =
      script.size === 0
        ? 'empty'
        : PAGE.test(script.text)
          ? 'a page of a web server'
          : KINDS.find(([magic]) => magic.test(script.head))?.[1];
    if (kind === undefined) return undefined;
    return {
      path: file,
      summary: `${file} is no program: it is ${kind}`,
      evidence: [
        `${script.size} bytes${script.size === 0 ? '' : `, the first ones: ${script.head.slice(0, 16)}`}`,
      ],
      cause: `There is nothing in it that could be run. Get it again, or unpack it: file ${shellPath(snapshot, file)}`,
    };
  },
});
