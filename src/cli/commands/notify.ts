import type { CommandSpec } from '../spec.ts';

export const notify: CommandSpec = {
  name: 'notify',
  words: '',
  summary: 'desktop notifications about crash loops',
  description: [
    'When a service enters a crash loop one notification says so, with how it ends, the last lines of its log and the command to type; when it stays up again one more does. The same service is spoken of at most once in ten minutes, and many at once in one notification.',
    'The runner starts the watcher (--watch) beside the supervisor where notify-send is installed. It sleeps until a service starts or ends (an idle Node process, some 13 MB of its own), and ends with the runner. --off makes a file no-notify beside config.json, and the watcher ends; --on removes it, and the next session has one again. Without options it says what is in force.',
  ],
  options: [
    { flags: '--test', summary: 'sends one now, to see that it arrives' },
    { flags: '--on', summary: 'notifications from now on (as it is without --off)' },
    { flags: '--off', summary: 'no more notifications' },
    { flags: '--watch', summary: 'watches until its parent ends; the runner starts it' },
  ],
  examples: [
    { command: 'homerun notify --test', meaning: 'does it arrive?' },
    { command: 'homerun notify --off', meaning: 'no more of it' },
  ],
  exitCodes: [
    [0, 'done'],
    [1, 'notify-send is missing, or failed'],
    [2, 'wrong usage'],
  ],
  load: async () => (await import('../run/notify.ts')).run,
};
