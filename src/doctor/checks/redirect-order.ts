import type { SimpleCommand } from '../../shell/commands.ts';
import type { Check } from '../check.ts';
import { environmentOf } from '../environment.ts';
import { readMeaning } from '../meaning.ts';
import { say } from '../say.ts';
import type { ScriptFact, ServiceFact, Snapshot } from '../snapshot.ts';

/** `1>&2 >>file` and `2>&1 >>file`: a copy of a descriptor, then the original goes elsewhere. */
function isWrong(command: SimpleCommand): boolean {
  const { redirections } = command;
  // `3>&1 1>&2 2>&3` swaps on purpose.
  if (redirections.some((each) => each.descriptor > 2)) return false;
  return redirections.some((copy, at) => {
    if (copy.operator !== '>&' || !/^[12]$/.test(copy.target?.text ?? '')) return false;
    const from = Number(copy.target?.text);
    return redirections
      .slice(at + 1)
      .some(
        (each) =>
          (each.operator === '>' || each.operator === '>>') &&
          each.target?.text !== '/dev/null' &&
          (each.descriptor === copy.descriptor || each.descriptor === from),
      );
  });
}

function scriptsOf(snapshot: Snapshot, service: ServiceFact): ScriptFact[] {
  const run = snapshot.scripts[`${service.dir}/run`];
  if (run === undefined) return [];
  const meaning = readMeaning(run, service.dir, environmentOf(snapshot));
  const program = meaning.last?.program;
  const daemon = program?.startsWith('/') ? snapshot.scripts[program] : undefined;
  return daemon === undefined ? [run] : [run, daemon];
}

export const check: Check = {
  id: 'redirect-order',
  severity: 'warning',
  layer: 'daemon',
  title: 'redirections in the wrong order',
  section: 'My fetchmail loop',
  explain: [
    'Redirections work from left to right. In 1>&2 >>file, stdout first becomes what stderr is, then the file: stderr never reaches the file. 2>&1 >>file does the same the other way round. The document has this in its fetchmail loop.',
    'By hand: >>file 2>&1',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) =>
      scriptsOf(snapshot, service).flatMap((script) => {
        const meaning = readMeaning(script, service.dir, environmentOf(snapshot));
        const command = meaning.commands.find(isWrong);
        if (command === undefined) return [];
        const line = script.text.split('\n')[command.line - 1]?.trim() ?? '';
        return [
          say(check, {
            service: service.name,
            path: script.path,
            summary: `${service.name}: redirections in the wrong order, stderr does not reach the file`,
            evidence: [`line ${command.line}: ${line}`],
            cause:
              'Redirections work from left to right. Write >>FILE 2>&1 instead, then restart the service.',
          }),
        ];
      }),
    ),
};
