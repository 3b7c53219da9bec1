import { serviceCheck } from '../check.ts';
import { runOf } from '../places.ts';
import { linked } from '../tree.ts';
import { shellPath, svl } from '../words.ts';

const COPY = /^(.+?)(?:~|[._-](?:bak|old|orig|save|backup|copy|dpkg-old|dpkg-dist|rpmsave|swp|[0-9]{6,8}))$/i;

export const check = serviceCheck({
  id: 'service-backup-copy',
  severity: 'error',
  layer: 'links',
  title: 'a backup copy in the service directory runs as a second service',
  section: 'Make the Service Directory',
  explain: [
    'cp -r newtest newtest.bak in the service directory makes a second service at once: two daemons work on the same things, and both loggers want the same directory.',
    'By hand: svl exit NAME.bak and mv it out of the service directory, or take its link away.',
  ],
  see: (snapshot, service) => {
    const base = COPY.exec(service.name)?.[1];
    const original = base === undefined ? undefined : linked(snapshot).find((each) => each.name === base);
    const [entry] = service.links;
    if (original === undefined || original === service || entry === undefined) return undefined;
    const own = runOf(snapshot, service).script?.text;
    const sameRun = own !== undefined && own === runOf(snapshot, original).script?.text;
    const logs = (dir: string): string[] =>
      snapshot.logs.filter((log) => log.service === dir).map((log) => log.path);
    const sameLog = logs(service.dir).some((path) => logs(original.dir).includes(path));
    if (!sameRun && !sameLog) return undefined;
    return {
      path: entry,
      summary: `it is a copy of ${original.name}, and runs beside it`,
      evidence: [
        ...(sameRun ? ['the same run'] : []),
        ...(sameLog ? [`the same log directory: ${logs(service.dir)[0]}`] : []),
      ],
      cause: `Everything in the service directory is run. ${svl(snapshot, 'exit', service.name)}; mv ${shellPath(snapshot, entry)} ${shellPath(snapshot, snapshot.layout.serviceAll)}/`,
    };
  },
});
