import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { rewrite } from '../places.ts';
import { shellPath } from '../words.ts';

export const check = scriptCheck({
  id: 'run-junk-before-shebang',
  severity: 'error',
  layer: 'run',
  title: 'a byte order mark, a blank line or a space stands before #!',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'The kernel knows a script only by #! as the first two bytes of the file. An editor’s UTF-8 byte order mark (invisible), a blank line or a space before it makes it "exec format error".',
    'By hand: delete what stands before #!; for the byte order mark:',
    "  sed -i '1s/^\\xEF\\xBB\\xBF//' ~/service_all/NAME/run",
  ],
  see: (snapshot, { fact, shebang, script, path, name }) => {
    if (script === undefined || shebang?.junk == null) return undefined;
    const operation = rewrite(script, fact.real ?? path, script.text.replace(/^[\uFEFF\s]+/, ''));
    const { junk } = shebang;
    return {
      path,
      summary: `a ${junk} stands before #! in ${name}`.replace('a white', 'white'),
      evidence: [
        `first bytes: ${script.head.slice(0, 12).replace(/../g, '$& ').trim()}, expected 23 21 (#!)`,
      ],
      cause: 'The kernel knows a script by #! as its very first bytes.',
      fix:
        operation === undefined
          ? null
          : {
              title: `take away what stands before #! in ${name}`,
              risk: 'safe',
              commands: [
                junk === 'byte order mark'
                  ? `sed -i '1s/^\\xEF\\xBB\\xBF//' ${shellPath(snapshot, path)}`
                  : `sed -i '/#!/,$!d; 0,/#!/s/^[[:space:]]*#!/#!/' ${shellPath(snapshot, path)}`,
              ],
              operations: [operation],
              actions: [],
              settle: SETTLE_RUN,
            },
    };
  },
});
