import { scriptCheck } from '../check.ts';
import { pathOf } from '../tree.ts';
import { errorText, kindWord, shellPath } from '../words.ts';

export const check = scriptCheck({
  id: 'run-cd-missing',
  severity: 'error',
  layer: 'run',
  title: 'run changes to a directory that is not there or is closed',
  section: 'My email pager loop',
  explain: [
    'cd to a directory that is missing, is a file, or may not be entered fails: with set -e the script ends there, without it goes on in the service directory, where the programs and files that it means are not.',
    'By hand: make the directory (or mount it), or correct the path.',
  ],
  see: (snapshot, { meaning, path, name }) =>
    (meaning?.directories ?? []).flatMap((directory) => {
      if (directory.conditional) return [];
      // A script that makes the directory itself before.
      if (
        meaning?.started.some(
          (started) => started.program?.endsWith('mkdir') && started.line <= directory.line,
        )
      )
        return [];
      const fact = pathOf(snapshot, directory.path);
      if (fact.to?.kind === 'directory' && fact.can.execute === 'ok') return [];
      return [
        {
          path,
          summary: `${name} changes to ${directory.path}, which cannot be entered`,
          evidence: [
            `line ${directory.line}: cd ${directory.path}`,
            fact.to === null
              ? errorText(fact.toError ?? 'ENOENT')
              : fact.to.kind === 'directory'
                ? errorText(fact.can.execute)
                : `it is ${kindWord(fact.to.kind)}`,
          ],
          cause: `What follows runs in the wrong directory, or not at all. Correct the path, or make it: mkdir -p ${shellPath(snapshot, directory.path)}`,
        },
      ];
    }),
});
