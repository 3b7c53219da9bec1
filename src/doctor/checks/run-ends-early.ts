import { scriptCheck } from '../check.ts';

export const check = scriptCheck({
  id: 'run-ends-early',
  severity: 'error',
  layer: 'run',
  title: 'run exits before it comes to its daemon',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'An exit that no condition guards ends the script there, each time: what stands below it, the daemon’s exec included, is never reached, and runsv starts the script again a second later.',
    'By hand: remove the line.',
  ],
  see: (_snapshot, { meaning, path, name, script }) => {
    const last = meaning?.last;
    if (meaning === undefined || last == null) return undefined;
    for (const command of meaning.commands) {
      if (command === last.command) return undefined;
      const plain = command.inside.length === 0 && !command.conditional;
      // It has become something else before.
      if (plain && command.words[0]?.text === 'exec' && command.words.length > 1) return undefined;
      if (plain && command.words[0]?.text === 'exit') {
        return {
          path,
          summary: `${name} exits in line ${command.line}, before it comes to ${last.raw}`,
          evidence: [
            `line ${command.line}: ${script?.text.split('\n')[command.line - 1]?.trim() ?? 'exit'}`,
            `line ${last.line}: ${last.exec ? 'exec ' : ''}${last.raw} is never reached`,
          ],
          cause:
            'The script ends there, and is started again each second. Remove that line, or give it a condition.',
        };
      }
    }
    return undefined;
  },
});
