import { dirname } from 'node:path';
import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { pathOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check = scriptCheck({
  id: 'run-writes-nowhere',
  severity: 'error',
  layer: 'run',
  title: 'run redirects to a file in a directory that is not there',
  section: 'My fetchmail loop',
  explain: [
    'A redirection such as >>/some/log/file fails when the directory is missing: the shell says "cannot create ...: Directory nonexistent" and does not start the command.',
    'By hand: mkdir -p the directory.',
  ],
  see: (snapshot, { meaning, path, name }) => {
    const missing = new Map<string, number>();
    for (const { path: file, line, conditional } of meaning?.writes ?? []) {
      const folder = dirname(file);
      if (conditional || pathOf(snapshot, folder).error !== 'ENOENT') continue;
      if (meaning?.started.some((started) => started.program?.endsWith('mkdir') && started.line <= line))
        continue;
      missing.set(folder, line);
    }
    return [...missing].map(([folder, line]) => ({
      path,
      summary: `${name} writes to a file in ${folder}, which is not there`,
      evidence: [`line ${line}`, `${folder}: file does not exist`],
      cause: 'The shell cannot make the file, and does not start the command.',
      fix: {
        title: `make the directory ${folder}`,
        risk: 'safe' as const,
        commands: [`mkdir -p ${shellPath(snapshot, folder)}`],
        operations: [{ kind: 'mkdir' as const, path: folder }],
        actions: [],
        settle: SETTLE_RUN,
      },
    }));
  },
});
