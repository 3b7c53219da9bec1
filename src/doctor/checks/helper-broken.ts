import { basename } from 'node:path';
import { isShell, readShebang, shellName } from '../../shell/shebang.ts';
import type { Check } from '../check.ts';
import { environmentOf } from '../environment.ts';
import { interpreterProblem } from '../interpreter.ts';
import { readMeaning } from '../meaning.ts';
import { missingProgram } from '../places.ts';
import { say } from '../say.ts';
import type { ScriptFact, ServiceFact, Snapshot } from '../snapshot.ts';
import { pathOf } from '../tree.ts';

/** What comes of it, by the script's name. */
function consequence(name: string): string {
  if (name === 'finish')
    return 'runsv starts it each time run has ended: what it should clean up or tell stays undone.';
  if (name === 'check')
    return 'sv start, restart and check ask it whether the service works, and wait until their time is over.';
  return `runsv starts it for sv's command ${basename(name)}: what it should do instead does not happen.`;
}

/** Why the script cannot do its work, in words; undefined when nothing is to be seen. */
function problem(snapshot: Snapshot, service: ServiceFact, script: ScriptFact): string | undefined {
  const interpreter = interpreterProblem(snapshot, script);
  if (interpreter !== undefined) return interpreter;
  const shebang = readShebang(script);
  if (shebang.kind === 'none' && script.size > 0) return 'it does not begin with #! and is no program';
  if (shebang.kind !== 'script' || !isShell(shellName(shebang))) return undefined;
  const lines = script.text.split('\n').flatMap((line, at) => (line.endsWith('\r') ? [at + 1] : []));
  if (lines.length > 0) return `line ${lines[0]} ends in a carriage return (DOS line ends)`;
  if (script.syntax?.ok === false) return `${script.syntax.shell} -n: ${script.syntax.message}`;
  const meaning = readMeaning(script, service.dir, environmentOf(snapshot));
  for (const started of meaning.started) {
    if (started.conditional || !(started.exec || started === meaning.last)) continue;
    if (missingProgram(snapshot, meaning, started) !== undefined)
      return `line ${started.line}: ${started.raw}: there is no such program for the service`;
  }
  return undefined;
}

/** A check that says no whatever happens: its only command is `exit 1` or `false`. */
function alwaysFails(script: ScriptFact, service: ServiceFact, snapshot: Snapshot): boolean {
  const [first] = readMeaning(script, service.dir, environmentOf(snapshot)).commands;
  if (first === undefined || first.inside.length > 0 || first.conditional) return false;
  const words = first.words.map((word) => word.text);
  return (
    (words[0] === 'exit' && /^[1-9]\d*$/.test(words[1] ?? '')) ||
    (words[0] === 'exec' && words[1] === 'false')
  );
}

const HELPERS = ['finish', 'check', ...[...'tdukpchaiqx12o'].map((letter) => `control/${letter}`)];

export const check: Check = {
  id: 'helper-broken',
  severity: 'warning',
  layer: 'run',
  title: 'finish, check or a script in control/ cannot do its work',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'Beside run a service may have finish (started after each end of run), check (asked by sv start, restart and check) and control/t, d, u ... (started for a command of sv). Nothing else tells when one of them is broken: the service runs, but sv start ends in a timeout, or nothing is cleaned up.',
    'Doctor reads them as it reads run: the interpreter of the first line, DOS line ends, what the shell says of the grammar, and whether the program that they become is there.',
    'By hand: cd ~/service_all/NAME; ./check; echo $?',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) =>
      HELPERS.flatMap((name) => {
        const script = snapshot.scripts[`${service.dir}/${name}`];
        if (script === undefined) return [];
        if (pathOf(snapshot, script.path).can.execute !== 'ok') return [];
        const why =
          problem(snapshot, service, script) ??
          (name === 'check' && alwaysFails(script, service, snapshot)
            ? 'it fails, whatever the service does'
            : undefined);
        if (why === undefined) return [];
        return [
          say(check, {
            service: service.name,
            path: script.path,
            summary: `${service.name}: ${name} cannot do its work`,
            evidence: [why],
            cause: `${consequence(name)} Correct ${script.path}.`,
          }),
        ];
      }),
    ),
};
