import { scriptCheck } from '../check.ts';
import { pathOf } from '../tree.ts';

/** Commands that dash and busybox do not have, and bash and ksh do. */
const WORDS = new Set(['source', '[[', 'function', 'declare', 'let', 'shopt', 'pushd', 'popd', 'typeset']);

/** Shells that are what POSIX says and no more. Elsewhere sh is bash or ksh, and all of this works. */
function isPlain(real: string | null | undefined): boolean {
  return real != null && /\/(dash|busybox|ash)(\.\w+)?$/.test(real);
}

export const check = scriptCheck({
  id: 'run-bashism',
  severity: 'warning',
  layer: 'run',
  title: 'a script for #!/bin/sh uses words of bash or ksh',
  section: 'Introduction (shells of the scripts)',
  explain: [
    'Where /bin/sh is dash or busybox, source, [[ ]], (( )), function and arrays are not known. dash goes on after "not found", so that the script does something else than is written.',
    'By hand: name the shell that is meant in the first line, #!/bin/bash, or write it in POSIX: . FILE instead of source FILE, [ ] instead of [[ ]].',
  ],
  see: (snapshot, { meaning, shebang, script, path, name }) => {
    if (
      meaning === undefined ||
      shebang?.kind !== 'script' ||
      script === undefined ||
      script.syntax?.ok === false
    )
      return undefined;
    if (!/\/(sh|dash|ash)$/.test(shebang.interpreter) || !isPlain(pathOf(snapshot, shebang.interpreter).real))
      return undefined;
    // A branch for bash (`if [ -n "$BASH_VERSION" ]`) is meant to be one.
    if (/BASH_VERSION|KSH_VERSION/.test(script.text)) return undefined;
    const found = meaning.commands.filter((command) => {
      const word = command.words[0];
      return word !== undefined && !word.quoted && (WORDS.has(word.text) || word.text.startsWith('[['));
    });
    const arrays = script.text
      .split('\n')
      .flatMap((line, index) => (/^\s*[A-Za-z_]\w*=\(/.test(line) ? [index + 1] : []));
    const lines = [...found.map((command) => command.line), ...arrays].sort((a, b) => a - b);
    if (lines.length === 0) return undefined;
    const rows = script.text.split('\n');
    return {
      path,
      summary: `${name} is for ${shebang.interpreter} and uses words that it does not know`,
      evidence: lines
        .slice(0, 3)
        .map((line) => `line ${line}: ${(rows[line - 1] ?? '').trim().slice(0, 70)}`),
      cause: `${shebang.interpreter} is ${pathOf(snapshot, shebang.interpreter).real}. Name the shell that is meant in the first line (#!/bin/bash), or write it in POSIX shell.`,
    };
  },
});
