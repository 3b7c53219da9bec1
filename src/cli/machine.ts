/** Looks at the machine for init's questions and advice. */
import { basename, join } from 'node:path';
import { configFolder } from '../layout/layout.ts';
import { isProgram, searchPath } from '../layout/path-search.ts';
import { judgeLogPlace, nearestFolder, type PlaceAdvice } from '../scaffold/advice.ts';
import { type Machine, mountOf, parseMountinfo } from '../scaffold/machine.ts';
import type { Context } from './context.ts';
import { systemEngine } from './engine.ts';

/** Shells that run the generated scripts, in the order in which they are offered. */
const SHELLS = ['sh', 'ksh', 'ksh93', 'mksh', 'oksh', 'dash', 'ash', 'bash', 'yash'] as const;
const KNOWN = new Set<string>([...SHELLS, 'lksh', 'pdksh']);

/** The shell of that name or path, when generated scripts can use it. */
export function findShell(context: Context, name: string): { path: string } | { why: string } {
  const path = name.includes('/')
    ? name.startsWith('/')
      ? name
      : join(context.cwd, name)
    : name === 'sh' && isProgram(context.files, '/bin/sh')
      ? '/bin/sh'
      : searchPath(context.files, context.env.PATH, name);
  if (path === undefined) return { why: 'there is no such shell on PATH' };
  if (!isProgram(context.files, path)) return { why: `${path} is no program that you may run` };
  if (/\s/.test(path)) return { why: 'its path holds a blank, which a #! line cannot' };
  if (!KNOWN.has(basename(path))) {
    return {
      why: `${basename(path)} is not known to run Bourne shell scripts (known: ${[...KNOWN].join(', ')})`,
    };
  }
  return { path };
}

export function lookAtMachine(context: Context): Machine {
  const shells: string[] = [];
  const seen = new Set<string>();
  for (const name of SHELLS) {
    const found = findShell(context, name);
    if ('why' in found) continue;
    const real = context.files.realpathSync(found.path);
    // ksh and ksh93 are often one program; sh is offered beside the shell that it is.
    if (name !== 'sh' && seen.has(real)) continue;
    if (name !== 'sh') seen.add(real);
    shells.push(found.path);
  }
  let mountinfo = '';
  try {
    mountinfo = context.files.readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    // Then nothing is known about file systems, and nothing is said.
  }
  const system = systemEngine(context);
  return {
    shells,
    programs: {
      systemFolder: system === undefined ? undefined : system.runsvdir.slice(0, -'/runsvdir'.length),
      bundledFolder: join(context.installation, 'runit'),
      node: process.execPath,
      lockFolder: configFolder(context.places),
    },
    mounts: parseMountinfo(mountinfo),
  };
}

/** What there is to say about a directory for logs. */
export async function adviseOnLogs(context: Context, machine: Machine, folder: string): Promise<PlaceAdvice> {
  const real = nearestFolder(folder, (path) => context.files.existsSync(path));
  const resolved = context.files.realpathSync(real);
  const result = await context.run('df', ['-Pk', '--', resolved], { timeout: 5000 });
  const available = /^\S.*\s(\d+)\s+\d+%\s/m.exec(result.stdout.split('\n').slice(1).join('\n'))?.[1];
  const mount = mountOf(machine.mounts, resolved);
  return judgeLogPlace(resolved === real ? folder : resolved, machine, {
    room: available === undefined ? undefined : Number(available) * 1024,
    rotational: mount === undefined ? undefined : isRotational(context, mount.device),
  });
}

function isRotational(context: Context, device: string): boolean | undefined {
  // For a partition the queue is that of the disk above it.
  for (const place of ['queue', '../queue']) {
    try {
      return (
        context.files.readFileSync(`/sys/dev/block/${device}/${place}/rotational`, 'utf8').trim() === '1'
      );
    } catch {
      // Not here.
    }
  }
  return undefined;
}
