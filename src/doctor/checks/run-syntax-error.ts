import { scriptCheck } from '../check.ts';

export const check = scriptCheck({
  id: 'run-syntax-error',
  severity: 'error',
  layer: 'run',
  title: 'the shell cannot parse run',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'Doctor asks the shell of the script’s own first line to read it without running it (sh -n). A quote that is not closed, a missing fi or done, or words of another shell make the script end with exit code 2 before its last command.',
    'By hand: sh -n ~/service_all/NAME/run names the line.',
  ],
  see: (_snapshot, { script, path, name }) => {
    if (script?.syntax == null || script.syntax.ok || script.text.includes('\r\n')) return undefined;
    const mark = script.text.split('\n').findIndex((line) => /^(<{7}|={7}|>{7})( |$)/.test(line));
    return {
      path,
      summary: `${script.syntax.shell.split('/').pop()} cannot parse ${name}`,
      evidence: [
        script.syntax.message === '' ? `${script.syntax.shell} -n fails` : script.syntax.message,
        ...(mark < 0 ? [] : [`line ${mark + 1} is a mark of a merge that nobody has resolved`]),
      ],
      cause: `The script ends before it starts anything. Mend the line that is named; to see it: ${script.syntax.shell} -n ${name}`,
    };
  },
});
