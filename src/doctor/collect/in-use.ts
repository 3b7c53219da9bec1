/** Who has what a daemon could not have: ports and sockets that last words call "in use", by the kernel's own tables. */
import type { Looker } from './looker.ts';
import type { World } from './world.ts';

export interface InUse {
  /** Listening sockets by port: `socket:[INODE]`, as descriptors show them. */
  readonly ports: Readonly<Record<string, readonly string[]>>;
  /** Socket files that were called "in use": does a process listen there? */
  readonly sockets: Readonly<Record<string, boolean>>;
}

const SAYS =
  /EADDRINUSE|address (?:is )?already in use|port .*(?:in use|taken)|could(?: not|n't) bind|unable to bind|bind: /i;
/** Numbers behind a colon that are no ports: the time of day, and the place in a program's text. */
const NO_PORT =
  /(?<!\d)\d{1,2}:\d\d:\d\d(?:[.,]\d+)?|(?<![\w.\]:*-])\d{1,2}:\d\d(?!\d)|[\w./-]+\.(?:[cm]?[jt]s|c|cc|cpp|h|go|py|rs|rb|pl|pm|php|java|lua|hs)(?::\d+)+/g;
/** Something else is in the way than another listener. */
const OTHER_REASON = /permission denied|EACCES|EPERM|cannot assign|EADDRNOTAVAIL/i;
const PORT = /(?:[\]:]|\bport\s+|\*:)(\d{1,5})\b(?!\])/gi;
const SOCKET = /(\/[^\s:'"`,;()]+)/g;
/** Column 4 of /proc/net/tcp: listening. */
const LISTENING = '0A';
/** Flags of /proc/net/unix: accepts connections. */
const ACCEPTS = 0x10000;

/** Lines that tell of an address that is taken. */
export function saysInUse(line: string): boolean {
  return SAYS.test(line) && !OTHER_REASON.test(line);
}

/** The ports that a line names. */
export function portsOf(line: string): string[] {
  return [...line.replace(NO_PORT, ' ').matchAll(PORT)]
    .map((match) => match[1] as string)
    .filter((text) => Number(text) > 0 && Number(text) < 65_536);
}

/** The paths that a line names. */
export function socketPathsOf(line: string): string[] {
  return [...line.matchAll(SOCKET)].map((match) => match[1] as string);
}

export function collectInUse(world: World, words: readonly string[]): InUse {
  const lines = words.filter(saysInUse);
  const ports: Record<string, string[]> = {};
  const sockets: Record<string, boolean> = {};
  if (lines.length === 0) return { ports, sockets };
  const wanted = new Set(lines.flatMap(portsOf));
  for (const table of wanted.size === 0 ? [] : ['tcp', 'tcp6', 'udp', 'udp6']) {
    for (const row of (world.probe.proc(`/proc/net/${table}`) ?? '').split('\n').slice(1)) {
      const fields = row.trim().split(/\s+/);
      const port = String(Number.parseInt((fields[1] ?? '').split(':')[1] ?? '', 16));
      if (!wanted.has(port) || (table.startsWith('tcp') && fields[3] !== LISTENING)) continue;
      ports[port] = [...(ports[port] ?? []), `socket:[${fields[9]}]`];
    }
  }
  const paths = lines.flatMap(socketPathsOf);
  if (paths.length > 0) {
    const listening = new Set(listeningSockets(world).map(({ path }) => path));
    for (const path of paths) sockets[path] = listening.has(path);
  }
  return { ports, sockets };
}

/** Unix sockets with a name that accept connections. */
function listeningSockets({ probe }: World): { readonly path: string; readonly inode: string }[] {
  return (probe.proc('/proc/net/unix') ?? '').split('\n').flatMap((row) => {
    const fields = row.trim().split(/\s+/);
    const [path, inode] = [fields[7], fields[6]];
    if (path === undefined || inode === undefined) return [];
    return (Number.parseInt(fields[3] ?? '0', 16) & ACCEPTS) === 0 ? [] : [{ path, inode }];
  });
}

/** Sockets that accept connections and whose file is gone, as descriptors show them, with its path. */
export function collectLostSockets(world: World, looker: Looker): Record<string, string> {
  const lost = listeningSockets(world).filter(
    ({ path }) => path.startsWith('/') && looker.look(path).error === 'ENOENT',
  );
  return Object.fromEntries(lost.map(({ path, inode }) => [`socket:[${inode}]`, path]));
}
