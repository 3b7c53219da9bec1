import { serviceCheck } from '../check.ts';
import { programOf } from '../program.ts';
import { describeProcess } from '../strays.ts';
import { halves } from '../supervises.ts';
import { treeOf } from '../tree.ts';

/** O_ACCMODE: 0 is for reading, 2 for both. */
const ACCESS = 3;
const WRITE_ONLY = 1;

export const check = serviceCheck({
  id: 'fifo-reader-steals',
  severity: 'warning',
  layer: 'supervisor',
  title: 'another process reads supervise/control and takes commands away',
  section: 'How the supervise directory is created',
  explain: [
    'cat, tail or a grep -r that opens supervise/control reads the letters that are meant for runsv: commands get lost now and then. One that reads ok makes sv believe that a runsv is there.',
    'By hand: end that process.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const fifos = new Set(
      halves(snapshot, service)
        .flatMap((half) => [half.file('control').real, half.file('ok').real])
        .filter((path) => path !== null),
    );
    const openers = new Set([...fifos].flatMap((path) => tree.openers(path)));
    const thieves = [...openers].filter(
      (process) =>
        !/^(runsv|runsvdir)$/.test(programOf(process).name) &&
        !tree.keepers(service).includes(process) &&
        process.fds.some(
          ({ target, flags }) => fifos.has(target) && flags !== null && (flags & ACCESS) !== WRITE_ONLY,
        ),
    );
    const [thief] = thieves;
    if (thief === undefined) return undefined;
    const target = thief.fds.find((each) => fifos.has(each.target))?.target ?? service.main.path;
    return {
      path: target,
      summary: `${programOf(thief).name} reads ${target.slice(service.dir.length + 1)}, which only runsv should`,
      evidence: thieves.slice(0, 3).map(describeProcess),
      cause: `It takes away letters that are meant for runsv. End it: kill ${thieves.map((each) => each.pid).join(' ')}`,
    };
  },
});
