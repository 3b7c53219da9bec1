import type { Check } from '../check.ts';
import { runnerOf, scriptAt } from '../homefiles.ts';
import { fixBy, say } from '../say.ts';
import type { ScriptFact, Snapshot } from '../snapshot.ts';
import { shellPath, tilde } from '../words.ts';

/** svl, the runner, and the run scripts. */
function candidatesOf(snapshot: Snapshot): { service: string | null; script: ScriptFact }[] {
  const files = [snapshot.layout.svl, runnerOf(snapshot)].map((path) => scriptAt(snapshot, path));
  return [
    ...files.flatMap((script) => (script === undefined ? [] : [{ service: null, script }])),
    ...snapshot.services.flatMap((service) => {
      const script = snapshot.scripts[`${service.dir}/run`];
      return script === undefined ? [] : [{ service: service.name, script }];
    }),
  ];
}

export const check: Check = {
  id: 'placeholder-username',
  severity: 'error',
  layer: 'session',
  title: 'a script names the home of another user',
  section: 'About Naming In This Document',
  explain: [
    'The document writes /home/slitt everywhere, to be replaced by your own home. A path that was forgotten leads nowhere.',
    'By hand: replace /home/slitt by your home in that file.',
  ],
  run: (snapshot) =>
    candidatesOf(snapshot).flatMap(({ service, script }) => {
      const { home } = snapshot.who;
      const body = script.text.replace(/^[ \t]*#(?!!).*$/gm, '');
      const found = [...body.matchAll(/\/home\/([A-Za-z_][\w.-]*)(?=[/\s"';)]|$)/gm)].find(
        ([path, name]) =>
          path !== home &&
          !home.startsWith(`${path}/`) &&
          (name === 'slitt' || name === 'USER' || name === 'username'),
      );
      if (found === undefined || script.binary) return [];
      const other = found[0];
      const whole = Buffer.byteLength(script.text) === script.size;
      return [
        say(check, {
          service,
          path: script.path,
          summary: `${tilde(snapshot, script.path)} names ${other}, your home is ${home}`,
          evidence: [
            script.text
              .split('\n')
              .find((line) => line.includes(other))
              ?.trim() ?? other,
          ],
          cause: 'The path is taken from a text and was never replaced.',
          fix: whole
            ? fixBy({
                title: `replace ${other} by ${home}`,
                commands: [`sed -i 's|${other}|${home}|g' ${shellPath(snapshot, script.path)}`],
                operations: [
                  { kind: 'write', path: script.path, contents: script.text.replaceAll(other, () => home) },
                ],
              })
            : null,
        }),
      ];
    }),
};
