import type { CommandSpec } from '../spec.ts';

export const logs: CommandSpec = {
  name: 'logs',
  words: '[service...]',
  summary: 'shows the logs of services, merged by time',
  description: [
    "Reads svlogd's own files, the rotated ones too (also those that a processor has zipped), with any of its three forms of time stamps, or none. Times are shown in local time. Starts and endings of the service are marked in between, as its supervisor noted them.",
    'Without names: all services. A pattern in quotes stands for several. Logs of a service that was removed are found under its old name.',
    'Without -n, --since, --until and --grep the last 50 lines are shown.',
    'TIME is 10m, 2h ago, 14:30, yesterday, "yesterday 9:00", 2026-11-22, "2026-11-22 14:30", a TAI64N label, or @ and the seconds since 1970.',
  ],
  options: [
    {
      flags: '-f, --follow',
      summary:
        'goes on with what comes, across rotations, and waits for a log that is not there yet; Ctrl-C ends it',
    },
    { flags: '-n, --lines <number>', summary: 'the last so many lines; "all" for all' },
    { flags: '--since <time>', summary: 'from then on' },
    { flags: '--until <time>', summary: 'up to then' },
    { flags: '--grep <expression>', summary: 'only lines that match this regular expression' },
    { flags: '-i, --ignore-case', summary: 'capitals do not matter for --grep' },
    { flags: '--utc', summary: 'times in UTC, with a Z' },
    { flags: '--no-marks', summary: 'without starts and endings' },
    {
      flags: '--no-times',
      summary: 'the lines alone, as the service wrote them; no starts and endings either',
    },
  ],
  examples: [
    { command: 'homerun logs mpd -f', meaning: 'the last lines, then what comes' },
    { command: 'homerun logs mpd pipewire --since 10m', meaning: 'two services in one stream' },
    { command: "homerun logs --grep 'error|fail' --since today", meaning: 'over all services' },
  ],
  exitCodes: [
    [0, 'shown'],
    [1, 'no such service, a log that is not there or cannot be read, or --grep found nothing'],
    [2, 'wrong usage'],
  ],
  completes: 'installed',
  load: async () => (await import('../run/logs.ts')).run,
};
