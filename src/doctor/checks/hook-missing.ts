import type { Check } from '../check.ts';
import { hooksOf, isShellSession } from '../homefiles.ts';
import { fixBy, say } from '../say.ts';
import { pathOf, treeOf } from '../tree.ts';
import { quote, shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'hook-missing',
  severity: 'error',
  layer: 'session',
  title: 'the session file does not start the runner',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'The runner is started by a line in the file that your session reads. Without it there is no supervisor in the next session.',
    'By hand: a line RUNNER & before the first exec of the file, or: homerun init',
  ],
  run: (snapshot) => {
    const { session, runner } = snapshot.layout;
    if (!snapshot.configured || session.kind === 'none' || session.file === null) return [];
    if (hooksOf(snapshot).length > 0) return [];
    const { file } = session;
    const script = snapshot.scripts[file];
    const fact = pathOf(snapshot, file);
    const whole = script !== undefined && Buffer.byteLength(script.text) === script.size;
    const shell = isShellSession(file);
    const lines = (script?.text ?? '').split('\n');
    const exec = lines.findIndex((line) => /^exec\s+(?![\d<>])/.test(line));
    const at = exec < 0 ? lines.length - (lines.at(-1) === '' ? 1 : 0) : exec;
    const hook = `${quote(runner)} &`;
    const running = treeOf(snapshot).main !== undefined;
    return [
      say(check, {
        path: file,
        summary: `${tilde(snapshot, file)} does not start the runner`,
        evidence: [
          fact.to === null
            ? `${file}: file does not exist`
            : `no line of it names ${runner.split('/').pop()}`,
          ...(running ? ['a supervisor runs now, started otherwise'] : []),
        ],
        cause: 'No supervisor starts with the next session.',
        fix:
          shell && whole
            ? fixBy({
                title: 'start the runner in the session file',
                commands: [
                  'homerun init',
                  `# or, before the first exec of ${shellPath(snapshot, file)}: ${hook}`,
                ],
                operations: [
                  {
                    kind: 'write',
                    path: file,
                    contents: [...lines.slice(0, at), hook, ...lines.slice(at)].join('\n'),
                  },
                ],
              })
            : null,
      }),
    ];
  },
};
