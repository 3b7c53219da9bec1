import { isShell } from '../../shell/shebang.ts';
import type { Check } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { programOf } from '../program.ts';
import { say } from '../say.ts';
import { treeOf } from '../tree.ts';

export const check: Check = {
  id: 'runner-no-exec',
  severity: 'warning',
  layer: 'supervisor',
  title: 'a shell stays in front of runsvdir',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'Without exec in the runner, $! in the session file is the pid of the shell: a signal to it ends the shell and leaves runsvdir running.',
    'By hand: exec runsvdir ... as the last line of the runner; or a runner that hands signals on, as homerun’s does.',
  ],
  run: (snapshot) =>
    treeOf(snapshot).ours.flatMap(({ process }) => {
      const parent = treeOf(snapshot).byPid.get(process.ppid);
      if (parent === undefined) return [];
      const { name, args } = programOf(parent);
      const file = args.find((word) => !word.startsWith('-'));
      if (!isShell(name) || file === undefined) return [];
      const path = file.startsWith('/') ? file : `${parent.cwd ?? ''}/${file}`;
      const script = snapshot.scripts[path];
      // A runner that handles signals stays on purpose; a session file that starts runsvdir itself is no runner.
      if (path !== runnerOf(snapshot) || script === undefined || /\btrap\b/.test(script.text)) return [];
      return [
        say(check, {
          path,
          summary: 'The runner starts runsvdir without exec: a shell stays in front of it',
          evidence: [`process ${parent.pid}: ${parent.argv.join(' ')}`, `runsvdir is process ${process.pid}`],
          cause:
            'A signal to the runner never reaches runsvdir, and the services outlive the session. Write exec before runsvdir in the runner.',
        }),
      ];
    }),
};
