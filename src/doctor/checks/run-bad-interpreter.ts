import { isShell, shellName } from '../../shell/shebang.ts';
import { scriptCheck } from '../check.ts';
import { pathOf } from '../tree.ts';
import { errorText, kindWord } from '../words.ts';

export const check = scriptCheck({
  id: 'run-bad-interpreter',
  severity: 'error',
  layer: 'run',
  title: 'the #! line names an interpreter that is not there or cannot be started',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'The kernel starts the program that stands behind #!. When that is missing (ksh is not installed on most systems) runsv says "unable to start ./run: file does not exist" although run is there; when it has no x bit or is a directory, "access denied".',
    'By hand: install the shell, or name one that is there in the first line: #!/bin/sh',
  ],
  see: (snapshot, { fact, shebang, path, name }) => {
    if (shebang?.kind !== 'script' || shebang.crlf || fact.can.execute !== 'ok') return undefined;
    const { interpreter } = shebang;
    if (interpreter !== '' && !interpreter.startsWith('/')) {
      const relative = pathOf(snapshot, path, '..', interpreter);
      if (relative.to !== null) return undefined;
    }
    const found = pathOf(snapshot, interpreter === '' ? '/' : interpreter);
    const works = interpreter !== '' && found.to?.kind === 'file' && found.can.execute === 'ok';
    const itself = found.real !== null && found.real === fact.real;
    // Linux hands over all that follows as one word.
    const oneWord = isShell(shellName(shebang)) && /^[-+]\S*\s/.test(shebang.argument);
    // The grammar is looked at, and nothing is run.
    const onlyReads = isShell(shellName(shebang)) && /^-[a-mo-z]*n[a-z]*$/.test(shebang.argument);
    if (works && !itself && onlyReads)
      return {
        path,
        summary: `the shell of ${name} only reads it, and runs nothing`,
        evidence: [`first line: #!${interpreter} ${shebang.argument}`],
        cause: `With -n a shell looks at the grammar and ends. Take the option away: sed -i '1s| -.*||' ${name}`,
      };
    if (works && !itself && !oneWord) return undefined;
    const what =
      interpreter === ''
        ? 'nothing stands behind #!'
        : itself
          ? `${interpreter} is ${name} itself: symbolic link loop`
          : works
            ? `${interpreter} gets "${shebang.argument}" as one option, and knows no such`
            : found.to === null
              ? `${interpreter}: ${errorText(found.toError ?? 'ENOENT')}`
              : found.to.kind === 'file'
                ? `${interpreter}: not executable`
                : `${interpreter} is ${kindWord(found.to.kind)}`;
    const others = ['/bin/sh', '/bin/ksh', '/usr/bin/ksh', '/bin/bash'].filter(
      (shell) => pathOf(snapshot, shell).can.execute === 'ok',
    );
    return {
      path,
      ...(itself || interpreter === '' ? {} : { common: `${name} ${interpreter} ${shebang.argument}` }),
      summary: `the interpreter of ${name} cannot be started`,
      evidence: [
        `first line: #!${interpreter}${shebang.argument === '' ? '' : ` ${shebang.argument}`}`,
        what,
      ],
      cause:
        works && oneWord
          ? `The kernel hands all that stands behind the interpreter over as one word. Write one option (${shebang.argument.replace(/\s+-/g, '')}), or set -... in the next line.`
          : `The kernel starts the interpreter of the first line, not ${name} itself. Install it, or name another${others.length > 0 ? ` (here: ${others.join(', ')})` : ''}: sed -i '1s|^#!.*|#!/bin/sh|' ${name}`,
    };
  },
});
