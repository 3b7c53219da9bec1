import { serviceCheck } from '../check.ts';

const ODD = /[\s\u0000-\u001f\u007f]|^-|~$/;

export const check = serviceCheck({
  id: 'service-name-odd',
  severity: 'warning',
  layer: 'state',
  title: 'the name of a service has blanks, control characters, a leading dash or a trailing ~',
  section: 'Make the Daemon’s Directory Inside The "All Daemons" Directory',
  explain: [
    'runsvdir runs it; but shells cut the name at blanks, commands take a leading dash for an option, and status lines become unreadable.',
    'By hand: rename the link and the directory.',
  ],
  see: (_snapshot, service) => {
    if (!ODD.test(service.name)) return undefined;
    return {
      path: service.links[0] ?? service.dir,
      summary: 'its name is hard to use in a shell',
      evidence: [`the name: ${JSON.stringify(service.name)}`],
      cause: 'Rename the link and the directory: letters, digits, dash, dot and underscore do no harm.',
    };
  },
});
