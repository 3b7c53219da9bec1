/**
 * One look at everything, which changes nothing and waits for nothing but, when something looks young or unsteady,
 * for the few seconds of the sample.
 */
import { join } from 'node:path';
import { programOf, runsvdirArguments } from '../program.ts';
import type { LogFact, MountFact, ProcessFact, ServiceFact, Snapshot } from '../snapshot.ts';
import { SNAPSHOT_VERSION } from '../snapshot.ts';
import { keptEnvironment } from './environ.ts';
import { collectInUse, collectLostSockets } from './in-use.ts';
import { Looker } from './looker.ts';
import { collectMounts, mountOf } from './mounts.ts';
import {
  collectDetail,
  collectFds,
  collectProcesses,
  confirmOutside,
  parseLocks,
  type Role,
} from './processes.ts';
import { collectSamples } from './sample.ts';
import { collectOtherLogs, collectScripts, lookAtInterpreter, lookAtPidFiles } from './scripts.ts';
import { collectServices } from './services.ts';
import { collectSession, collectSockets, collectTools } from './session.ts';
import { checkSyntax } from './syntax.ts';
import type { World } from './world.ts';

export interface CollectOptions {
  /** Only these services; empty: all. */
  readonly services?: readonly string[];
  /** How long to watch what looks unsteady, seconds. */
  readonly sample?: number;
}

/** As runit's programs are used: two seconds show a run that starts once a second. */
export const DEFAULT_SAMPLE = 2;

/** So many names of another runsvdir's directory are looked at. */
const OTHERS_LIMIT = 1100;

/** The runsvdir whose directory is the layout's, else any of this user. */
export function findRunsvdir(
  processes: readonly ProcessFact[],
  isServiceDir: (directory: string, process: ProcessFact) => boolean,
): ProcessFact | undefined {
  const all = processes.filter((each) => programOf(each).name === 'runsvdir' && each.state !== 'Z');
  return (
    all.find((each) => {
      const { directory } = runsvdirArguments(programOf(each).args);
      return directory !== null && isServiceDir(directory, each);
    }) ?? all[0]
  );
}

export async function collect(world: World, options: CollectOptions = {}): Promise<Snapshot> {
  const { probe, identity, layout } = world;
  const asked = options.services ?? [];
  const mounts = await collectMounts(world);
  const looker = new Looker(probe, mounts);
  const serviceDir = looker.look(layout.serviceDir);
  const serviceAll = looker.look(layout.serviceAll);
  let processes = collectProcesses(world);
  const elsewhere: NonNullable<Snapshot['elsewhere']>[number][] = [];
  for (const process of processes) {
    const { name, args } = programOf(process);
    const { directory: word } = name === 'runsvdir' ? runsvdirArguments(args) : { directory: null };
    if (word === null) continue;
    const directory = word.startsWith('/') ? word : join(process.cwd ?? '/', word);
    const { to } = looker.look(directory);
    if (process.uid !== identity.uid || to?.kind !== 'directory' || to.id === serviceDir.to?.id) continue;
    const listed = looker.list(directory, OTHERS_LIMIT);
    const names = 'error' in listed ? [] : listed.names.filter((each) => !each.startsWith('.'));
    const there = names.map((each) => looker.look(join(directory, each)));
    const reals = there.flatMap((each) =>
      each.to?.kind === 'directory' && each.real !== null ? [each.real] : [],
    );
    elsewhere.push({ pid: process.pid, directory, services: reals });
  }
  const supervisor = findRunsvdir(processes, (directory, process) => {
    const path = directory.startsWith('/') ? directory : join(process.cwd ?? '/', directory);
    return serviceDir.to !== null && looker.look(path).to?.id === serviceDir.to.id;
  });
  const supervisorEnv =
    supervisor === undefined ? null : collectDetail(world, supervisor.pid, 'supervisor', true)?.environ;
  const environment = supervisorEnv ?? world.env;

  // Looking takes a while on a busy machine: ages count from when the states were read.
  const at = world.clock.now();
  const { entries, entryCount, services, others } = collectServices(world, looker, asked);
  const logs: LogFact[] = services.flatMap((service) => collectScripts(service, { looker, environment }));
  for (const log of logs) lookAtPidFiles(log.tail, { looker, environment });
  collectSession(world, looker, environment);
  const tools = collectTools(world, looker, environment);
  for (const script of Object.values(looker.scripts)) lookAtInterpreter(script, { looker, environment });
  // The shells read while the rest is looked at.
  const syntax = checkSyntax(world, looker, environment.PATH);

  for (const { main, log } of services) {
    for (const status of [main.status, log?.status])
      if (status != null && status.pid > 0) looker.look(`/proc/${status.pid}`);
  }
  const ring = supervisor === undefined ? '' : (runsvdirArguments(programOf(supervisor).args).log ?? '');
  const inUse = collectInUse(
    world,
    [...logs.map((log) => log.tail), ring].flatMap((text) => text.split('\n')),
  );
  for (const path of Object.keys(inUse.sockets)) looker.look(path);
  const lostSockets = collectLostSockets(world, new Looker(probe, mounts));
  const wanted = new Set([
    ...Object.values(inUse.ports).flat(),
    ...Object.keys(lostSockets),
    ...looker.locks,
  ]);
  processes = withDescriptors(world, processes, services, logs, [serviceDir.real, serviceAll.real], wanted);
  // A program that was replaced while it runs.
  for (const { exe, detail } of processes)
    if (detail !== null && exe?.endsWith(' (deleted)')) looker.look(exe.replace(/ \(deleted\)$/, ''));
  const sockets = await collectSockets(world, looker, environment);
  await syntax;
  const locks = parseLocks(probe.proc('/proc/locks') ?? '');
  // Who holds a lock and is not in the list: another user's process, or one that was started meanwhile.
  const known = new Set(processes.map((process) => process.pid));
  for (const { pid } of locks) if (pid > 0 && !known.has(pid)) looker.look(`/proc/${pid}`);
  const snapshot: Snapshot = {
    version: SNAPSHOT_VERSION,
    at,
    who: {
      uid: identity.uid,
      gid: identity.gid,
      groups: [...identity.groups].sort((a, b) => a - b),
      user: identity.user,
      home: identity.home,
      groupsNow: probe.groupsOf(identity.user, identity.uid) ?? null,
    },
    env: keptEnvironment(world.env),
    layout,
    configured: world.configured,
    asked,
    bundled: world.bundled,
    serviceDir,
    serviceAll,
    entries,
    entryCount,
    services,
    paths: looker.paths,
    scripts: looker.scripts,
    texts: looker.texts,
    processes,
    elsewhere,
    locks,
    mounts: relevant(mounts, Object.keys(looker.paths)),
    rooms: collectRooms(world, looker, mounts, [
      layout.serviceAll,
      layout.serviceDir,
      identity.home,
      '/tmp',
      ...services.map((each) => each.dir),
      ...logs.map((log) => log.path),
    ]),
    logs: [...logs, ...others.flatMap((dir) => collectOtherLogs(dir, { looker, environment }))],
    sockets,
    inUse,
    lostSockets: heldBy(processes, lostSockets),
    oddities: looker.oddities,
    tools,
    samples: [],
    unread: looker.unread,
  };
  const samples = await collectSamples(world, snapshot, (options.sample ?? DEFAULT_SAMPLE) * 1000);
  return { ...snapshot, samples, processes: confirmOutside(world, processes) };
}

/** Only those that own processes have: the rest is other people's. */
function heldBy(
  processes: readonly ProcessFact[],
  sockets: Readonly<Record<string, string>>,
): Record<string, string> {
  const held = new Set(processes.flatMap((each) => each.fds.map(({ target }) => target)));
  return Object.fromEntries(Object.entries(sockets).filter(([target]) => held.has(target)));
}

/** The mounts that some of the paths lie on or below. */
function relevant(mounts: readonly MountFact[], paths: readonly string[]): MountFact[] {
  const folders = new Set<string>(['/']);
  for (const path of paths) {
    for (let at = path; at !== '' && !folders.has(at); at = at.slice(0, at.lastIndexOf('/'))) folders.add(at);
  }
  return mounts.filter((mount) => folders.has(mount.point));
}

function collectRooms(
  world: World,
  looker: Looker,
  mounts: readonly MountFact[],
  paths: readonly string[],
): Snapshot['rooms'] {
  const points = new Set<string>();
  for (const path of paths) {
    const { real } = looker.look(path);
    const mount = real === null ? undefined : mountOf(mounts, real);
    if (mount?.answers === true) points.add(mount.point);
  }
  const rooms: Record<string, Snapshot['rooms'][string]> = {};
  for (const point of points) {
    const room = world.probe.room(point);
    if (!('error' in room)) rooms[point] = room;
  }
  return rooms;
}

/** Descriptors of all own processes, details of those that supervise or are supervised. */
function withDescriptors(
  world: World,
  processes: readonly ProcessFact[],
  services: readonly ServiceFact[],
  logs: readonly LogFact[],
  roots: readonly (string | null)[],
  wanted: ReadonlySet<string>,
): ProcessFact[] {
  const folders = new Set([...roots, ...services.map((each) => each.dir), ...logs.map((log) => log.path)]);
  folders.delete(null);
  const known = new Map<string, boolean>();
  const isBelow = (path: string): boolean => {
    if (folders.has(path)) return true;
    const slash = path.lastIndexOf('/');
    if (slash <= 0) return false;
    const parent = path.slice(0, slash);
    const cached = known.get(parent);
    if (cached !== undefined) return cached;
    const below = isBelow(parent);
    known.set(parent, below);
    return below;
  };
  const daemons = new Set(services.map((each) => each.main.status?.pid));
  const loggers = new Set(services.map((each) => each.log?.status?.pid));
  const roleOf = (process: ProcessFact, name: string): Role | undefined => {
    if (name === 'runsvdir') return 'supervisor';
    if (daemons.has(process.pid)) return 'daemon';
    return loggers.has(process.pid) || name === 'svlogd' ? 'logger' : undefined;
  };
  return processes.map((process) => {
    const { name } = programOf(process);
    const role = roleOf(process, name);
    // Of a daemon's environment only Python's own variable is asked for.
    const environment = role === 'supervisor' || (role === 'daemon' && /^python/.test(process.comm));
    return {
      ...process,
      fds: collectFds(
        world,
        process,
        (target) =>
          (target.startsWith('/') && isBelow(target.replace(/ \(deleted\)$/, ''))) || wanted.has(target),
      ),
      detail: role === undefined ? null : collectDetail(world, process.pid, role, environment),
    };
  });
}
