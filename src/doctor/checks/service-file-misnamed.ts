import { serviceCheck } from '../check.ts';

const NAMES = ['run', 'finish', 'check', 'down', 'log', 'control'] as const;

export const check = serviceCheck({
  id: 'service-file-misnamed',
  severity: 'info',
  layer: 'advice',
  title: 'a file in the service directory is nearly called run, finish, check, down, log or control',
  section: 'Make the Daemon’s Directory Inside The "All Daemons" Directory',
  explain: [
    'runsv looks for these names exactly so. "Down", "down " with a blank behind it, "finish.sh" are not looked at, and nothing says so.',
    'By hand: mv the file to the name that runsv knows.',
  ],
  see: (_snapshot, service) =>
    service.names.flatMap((name) => {
      const plain = name
        .normalize('NFKC')
        .replace(/[\s\u200b-\u200f\ufeff]+/g, '')
        .toLowerCase()
        .replace(/\.sh$/, '')
        .replace(/^(finished|finnish)$/, 'finish');
      const meant = NAMES.find((each) => each === plain);
      if (meant === undefined || name === meant || service.names.includes(meant)) return [];
      // Without run that is the finding.
      if (meant === 'run') return [];
      return [
        {
          path: `${service.dir}/${name}`,
          summary: `${JSON.stringify(name)} is nearly ${meant}, and runsv does not look at it`,
          evidence: [`found ${JSON.stringify(name)}; there is no ${meant}`],
          cause: `If it is meant to be ${meant}: rename it.`,
        },
      ];
    }),
});
