import { scriptCheck } from '../check.ts';
import { lockFiles } from '../collect/scripts.ts';
import { describeProcess } from '../strays.ts';
import { treeOf } from '../tree.ts';

export const check = scriptCheck({
  id: 'chpst-lock-held',
  severity: 'error',
  layer: 'daemon',
  title: 'another process holds the lock of chpst -L or -l, of flock or of setlock',
  section: 'Make the Daemon Program',
  explain: [
    'chpst -L FILE starts the program only with the lock on FILE; where another process has it, it says "unable to lock: temporary failure" and ends. With -l it waits, and the service looks up although nothing runs. flock and setlock do the same: with -n they end without a word, without it they wait.',
    'By hand: end the process that holds it. A lock goes with its process; removing the file does not help.',
  ],
  only: 'run',
  see: (snapshot, { meaning, supervise }) => {
    const tree = treeOf(snapshot);
    const daemon = tree.daemon(supervise);
    return (meaning?.started ?? []).flatMap((started) =>
      started.wrappers.flatMap((wrapper) => {
        const { program, args } = wrapper;
        return lockFiles(wrapper, started.cwd).flatMap((file) => {
          const holders = tree
            .holders(file)
            .filter((each) => !each.waiting && each.process !== null)
            .filter(
              (each) =>
                daemon === undefined ||
                !tree.isBelow(each.process as NonNullable<typeof each.process>, daemon.pid),
            );
          const [holder] = holders;
          if (holder?.process == null) return [];
          return [
            {
              path: file,
              summary: `the lock ${file} is held by another process`,
              evidence: [
                `held by ${describeProcess(holder.process)}`,
                `run, line ${started.line}: ${[program, ...args].join(' ')}`,
              ],
              cause: `The daemon is not started as long as that process lives. End it: kill ${holder.pid}`,
            },
          ];
        });
      }),
    );
  },
});
