import { scriptCheck } from '../check.ts';

export const check = scriptCheck({
  id: 'run-empty',
  severity: 'error',
  layer: 'run',
  title: 'run is empty',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'An empty run is what is left when the disk was full as it was saved, or after "> run". The kernel says "exec format error".',
    'By hand: write it again. Look at the room on the disk first: df -h ~',
  ],
  see: (_snapshot, { script, fact, path, name }) => {
    const size = script?.size ?? (fact.to?.kind === 'file' && fact.to.size === 0 ? 0 : undefined);
    const blank = script !== undefined && !script.binary && script.text.trim() === '';
    if (size !== 0 && !blank) return undefined;
    return {
      path,
      summary: `${name} is empty`,
      evidence: [`${size ?? 0} bytes`],
      cause: 'There is nothing to start. Write it again: a first line #!/bin/sh, then exec PROGRAM.',
    };
  },
});
