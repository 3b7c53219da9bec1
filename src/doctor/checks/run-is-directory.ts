import { scriptCheck } from '../check.ts';
import { kindWord } from '../words.ts';

export const check = scriptCheck({
  id: 'run-is-directory',
  severity: 'error',
  layer: 'run',
  title: 'run is a directory, a FIFO or something else that is no file',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'runsv starts ./run as a program. A directory of that name (an unpacked archive, a mkdir too much) gives "unable to start ./run: access denied", the same text as a missing x bit.',
    'By hand: move it away and put the script there.',
  ],
  see: (_snapshot, { fact, path, name }) => {
    if (fact.to === null || fact.to.kind === 'file') return undefined;
    return {
      path,
      summary: `${name} is ${kindWord(fact.to.kind)}, expected a script`,
      evidence: [`found ${kindWord(fact.to.kind)}`],
      cause: `runsv starts ${name} as a program. Move this away, and put the script there.`,
    };
  },
});
