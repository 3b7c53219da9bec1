import { basename } from 'node:path';
import { serviceCheck } from '../check.ts';
import { isSameCommand, scriptOf } from '../named-paths.ts';
import { lastTarget, runOf } from '../places.ts';
import { programOf } from '../program.ts';
import type { ProcessFact, ServiceFact, Snapshot } from '../snapshot.ts';
import { describeProcess, logPipes, straysOf } from '../strays.ts';
import { treeOf } from '../tree.ts';
import { svl } from '../words.ts';
import { isFlapping } from './flapping.ts';

/** What keeps well-known programs in the foreground, and which of their options send them away. */
const KNOWN: Readonly<
  Record<string, { readonly away?: RegExp; readonly stay?: RegExp; readonly advice: string }>
> = {
  pulseaudio: { away: /^(-D|--daemonize(=(1|yes|true))?|--start)$/, advice: '--daemonize=no' },
  nginx: { stay: /daemon\s+off/, advice: "-g 'daemon off;'" },
  sshd: { stay: /^-[A-Za-z]*[Dd]/, advice: '-D' },
  mpd: { stay: /^--no-daemon$/, advice: '--no-daemon' },
  crond: { stay: /^-[a-z]*[fnd]/, advice: '-n (cronie) or -f (busybox)' },
  cron: { stay: /^-[a-zA-Z]*f/, advice: '-f' },
  fetchmail: { away: /^(-d|--daemon)/, stay: /^(-N|--nodetach)$/, advice: '--nodetach' },
  'transmission-daemon': { stay: /^(-f|--foreground)$/, advice: '--foreground' },
  'dbus-daemon': { away: /^--fork$/, advice: '--nofork' },
  'ssh-agent': { stay: /^-[dD]$/, advice: '-D' },
  emacs: { away: /^--(bg-)?daemon/, advice: '--fg-daemon' },
  picom: { away: /^(-b|--daemon)$/, advice: 'without -b' },
  xautolock: { advice: 'without -detach' },
  conky: { away: /^(-d|--daemonize(=.*)?|-b)$/, advice: 'without -d' },
  x11vnc: { away: /^-bg$/, advice: 'without -bg' },
  ssh: { away: /^-[A-Za-z]*f/, advice: 'without -f' },
  autossh: { away: /^-[A-Za-z]*f/, advice: 'without -f' },
  openvpn: { away: /^--daemon$/, advice: 'without --daemon' },
  dnsmasq: { stay: /^(-k|-d|--keep-in-foreground|--no-daemon)$/, advice: '--keep-in-foreground' },
  xbindkeys: { stay: /^(-n|--nodaemon)$/, advice: '--nodaemon' },
  privoxy: { stay: /^--no-daemon$/, advice: '--no-daemon' },
  rsync: { away: /^--daemon$/, stay: /^--no-detach$/, advice: '--no-detach' },
  lighttpd: { stay: /^-D$/, advice: '-D' },
  vncserver: { stay: /^-fg$/, advice: '-fg' },
};

/** The line that will send it away, by what is known of the program; undefined when it stays or is not known. */
function knownToLeave(name: string, args: readonly (string | null)[]): string | undefined {
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  if (known === undefined || args.includes(null)) return undefined;
  const words = args as readonly string[];
  if (known.stay !== undefined && words.some((word) => known.stay?.test(word))) return undefined;
  const away =
    known.away === undefined ? known.stay !== undefined : words.some((word) => known.away?.test(word));
  return away ? known.advice : undefined;
}

/**
 * Copies of the daemon that left, started since the service was: what writes to its logger, or is in the session of its
 * runsv, or stands in its directory more than once, and what has left all that, when it has the same command line.
 * A terminal multiplexer that somebody started in that directory is none, nor is another service's or a program's child
 * with the same name.
 */
function copies(
  snapshot: Snapshot,
  service: ServiceFact,
  name: string,
  args: readonly (string | null)[],
): readonly ProcessFact[] {
  const tree = treeOf(snapshot);
  const keeper = tree.keeper(service);
  const roots = [snapshot.serviceAll.real, snapshot.serviceDir.real].filter((root) => root !== null);
  const left = (process: ProcessFact): boolean =>
    tree.isOrphan(process) && (keeper === undefined || process.started >= keeper.started);
  const pipes = logPipes(snapshot, service);
  const strays = straysOf(snapshot, service).filter(left);
  const near = strays.filter(
    (process) =>
      process.session === keeper?.pid ||
      process.fds.some(({ fd, target }) => (fd === 1 || fd === 2) && pipes.has(target)) ||
      strays.filter((each) => each.argv.join('\0') === process.argv.join('\0')).length > 1,
  );
  const same = snapshot.processes.filter((process) => {
    if (process.uid !== snapshot.who.uid || process.state === 'Z' || process.tty !== 0) return false;
    if (!left(process) || tree.isSupervised(process)) return false;
    // It left another service: it stands in its directory (asked about or not), or in the session of its runsv.
    if (process.cwdId !== service.id && roots.some((root) => process.cwd?.startsWith(`${root}/`)))
      return false;
    if (process.session !== keeper?.pid && tree.runsvs.some((runsv) => runsv.pid === process.session))
      return false;
    const program = programOf(process);
    const script = basename(program.args.find((word) => !word.startsWith('-')) ?? '');
    const named = program.name === name || script === name || basename(process.exe ?? '') === name;
    return named && isSameCommand(process, name, args);
  });
  return [...new Set([...near, ...same])];
}

export const check = serviceCheck({
  id: 'daemon-backgrounds-itself',
  severity: 'error',
  layer: 'daemon',
  title: 'the daemon puts itself in the background',
  section: 'Supervising Pulseaudio With Your Specific User Runit',
  explain: [
    'A program made to be a daemon of its own forks, and the process that runsv started ends with success. runsv starts it again, so that one more copy is left behind each time (or the next one says that one is running already).',
    'By hand: add the program’s option to stay in the foreground (--daemonize=no, --nodetach, -F, -n, -f, --no-fork, "daemon off;" ...); svl down NAME; end the copies by their pid; svl up NAME.',
  ],
  see: (snapshot, service) => {
    const place = runOf(snapshot, service);
    const target = lastTarget(snapshot, place);
    if (target?.started.program == null || target.started.background) return undefined;
    const told = scriptOf(target.started);
    if (told === null) return undefined;
    const name = basename(told ?? target.started.program);
    const advice = knownToLeave(name, target.started.args);
    if (!isFlapping(snapshot, service.main)) return undefined;
    const strays = new Set(straysOf(snapshot, service));
    const left = copies(snapshot, service, name, target.started.args);
    if (left.length === 0 && advice === undefined) return undefined;
    // One process that has nothing of the service but its command line may be a person's.
    if (left.length < 2 && advice === undefined && !left.some((each) => strays.has(each))) return undefined;
    const known = Object.hasOwn(KNOWN, name) ? KNOWN[name]?.advice : undefined;
    return {
      path: place.path,
      summary: `${name} puts itself in the background`,
      evidence: [
        `run, line ${target.started.line}: ${target.started.command.words
          .map((word) => word.raw)
          .join(' ')
          .slice(0, 80)}`,
        left.length === 0
          ? 'it ends at once'
          : `${left.length} ${left.length === 1 ? 'copy runs' : 'copies run'} outside of supervision: ${left.slice(0, 3).map(describeProcess).join(', ')}`,
      ],
      cause: `The process that runsv started ends, and is started again. Add its option to stay in the foreground${known === undefined ? ' (see its manual)' : `: ${known}`}; then ${svl(snapshot, 'down', service.name)}${
        left.length > 0
          ? `; kill ${left
              .slice(0, 8)
              .map((each) => each.pid)
              .join(' ')}`
          : ''
      }; ${svl(snapshot, 'up', service.name)}`,
    };
  },
});
