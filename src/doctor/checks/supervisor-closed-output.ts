import type { Check } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { say } from '../say.ts';
import { linked, treeOf } from '../tree.ts';

const NAMES = ['standard input', 'standard output', 'standard error'] as const;

export const check: Check = {
  id: 'supervisor-closed-output',
  severity: 'warning',
  layer: 'supervisor',
  title: 'the supervisor was started with closed descriptors',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'A hook that closes descriptors (<&- >&- 2>&-) instead of sending them to /dev/null leaves numbers 0, 1 and 2 free. Services without a log inherit that: a shell ends at exec 2>&1 with "bad file descriptor", and a daemon that opens a file gets number 1 for it, and writes its messages into it.',
    'By hand: let the hook say </dev/null >/dev/null 2>&1, end runsvdir with HUP and start the runner again.',
  ],
  run: (snapshot) => {
    const main = treeOf(snapshot).main;
    // None at all: they could not be looked at.
    if (main === undefined || main.process.fds.length === 0) return [];
    const own = [main.process.cwd, main.directory];
    const odd = NAMES.flatMap((name, fd) => {
      const target = main.process.fds.find((each) => each.fd === fd)?.target;
      if (target === undefined) return [`${name} is closed`];
      return own.includes(target) ? [`${name} is ${target}, a directory that it has opened itself`] : [];
    });
    // With a LOG argument runsvdir makes a pipe for its own messages, which takes the numbers that are free.
    const [input, , error] = [0, 1, 2].map((fd) => main.process.fds.find((each) => each.fd === fd)?.target);
    if (input?.startsWith('pipe:') === true && input === error)
      odd.push(`standard input is ${input}, the pipe for its own messages`);
    if (odd.length === 0) return [];
    const without = linked(snapshot).filter((service) => service.log === null);
    return [
      say(check, {
        ...(without.length === 0 ? {} : { services: without.map((service) => service.name) }),
        path: runnerOf(snapshot),
        summary: 'the supervisor was started with closed descriptors',
        evidence: [`pid ${main.process.pid}: ${odd.join('; ')}`],
        cause: `${
          without.length === 0
            ? 'Services inherit them.'
            : `Services without a log inherit them (${without
                .slice(0, 5)
                .map((each) => each.name)
                .join(', ')}): what they open takes these numbers, or exec 2>&1 ends them.`
        } Start the runner with </dev/null >/dev/null 2>&1, not with <&- >&- 2>&-; kill -HUP ${main.process.pid} first.`,
      }),
    ];
  },
};
