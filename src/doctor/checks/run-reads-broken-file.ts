import { scriptCheck } from '../check.ts';
import { pathOf, treeOf } from '../tree.ts';
import { errorText, kindWord, tilde } from '../words.ts';
import { lastWords } from '../words-of-daemons.ts';
import { isFlapping } from './flapping.ts';

/** Shells that go on when a file is not there. */
const GOES_ON = /^(bash|zsh)$/;

export const check = scriptCheck({
  id: 'run-reads-broken-file',
  severity: 'warning',
  layer: 'run',
  title: 'run reads a file with . that is missing, or that ends or breaks its shell',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'What . FILE (in bash and ksh also source FILE) reads is as if it stood in run. When the file is missing, /bin/sh ends there. An exit in it ends run; an exec in it (a .profile that starts the session) becomes another program; a mistake in its grammar ends the shell. A name without a slash is looked for on PATH, and in the directory of the service only by bash.',
    'By hand: sh -n FILE; sh -x ./run shows the last line that was reached.',
  ],
  see: (snapshot, { meaning, path, name, supervise, service }) => {
    if (meaning === undefined) return undefined;
    const flapping = isFlapping(snapshot, supervise);
    const up = treeOf(snapshot).daemon(supervise) !== undefined;
    for (const { path: file, line, conditional, bare } of meaning.reads) {
      const fact = pathOf(snapshot, file);
      const found = (what: string, cause: string) => ({
        path,
        severity: flapping ? ('error' as const) : ('warning' as const),
        summary: `${name} reads ${tilde(snapshot, file)}, ${what}`,
        evidence: [
          `line ${line}: . ${tilde(snapshot, file)}`,
          ...(snapshot.oddities?.[file] ?? []),
          ...(fact.to === null ? [errorText(fact.toError ?? 'ENOENT')] : []),
        ],
        cause,
      });
      const place = `${service.dir}/${name}`;
      if (bare) {
        if (flapping && !conditional && fact.to?.kind === 'file' && !GOES_ON.test(meaning.shell))
          return found(
            'which it looks for on PATH',
            `A name without a slash is looked for on PATH, and the shell ends where it is not. Write ./${file.split('/').pop()} in ${place}.`,
          );
        continue;
      }
      if (fact.to === null || fact.can.read !== 'ok' || fact.to.kind === 'directory') {
        if (conditional || (GOES_ON.test(meaning.shell) && !flapping)) continue;
        return found(
          fact.to === null
            ? 'which is not there'
            : fact.to.kind === 'directory'
              ? `which is ${kindWord(fact.to.kind)}`
              : 'which it may not read',
          GOES_ON.test(meaning.shell)
            ? `What it should set is not set. Correct the path in ${place}, or make the file.`
            : `The shell ends there${up ? ', at the next start' : ''}. Correct the path in ${place}, or make the file; or write: [ -r FILE ] && . FILE`,
        );
      }
      const said = flapping
        ? lastWords(snapshot, service).findLast((text) => text.includes(file))
        : undefined;
      if (said !== undefined)
        return found('which breaks its shell', `The shell says: ${said.slice(0, 160)}. Correct that file.`);
      if (flapping && snapshot.oddities?.[file] !== undefined)
        return found(
          'which ends or breaks its shell',
          `What stands in that file is as if it stood in ${name}. Take out of it what a service needs, and let ${name} read only that.`,
        );
    }
    return undefined;
  },
});
