/** The world as doctor wants it, and what its fixes may do. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { World } from '../doctor/collect/world.ts';
import type { Action } from '../doctor/finding.ts';
import type { Hands } from '../doctor/fix.ts';
import { defaultLayout, type Layout } from '../layout/layout.ts';
import { apply } from '../plan/apply.ts';
import { HomerunError } from '../system/errors.ts';
import { runQuickly } from '../system/node/attached.ts';
import { probe } from '../system/node/probe.ts';
import type { Context } from './context.ts';
import { chooseEngine } from './engine.ts';
import { findLayout } from './layout.ts';
import { planWorld } from './plan-world.ts';

/** A tree made by hand has no config.json: the document's names, or what this user's runsvdir looks at. */
function guessedLayout(context: Context): Layout {
  const layout = defaultLayout(context.places, { shell: '/bin/sh', engine: chooseEngine(context) });
  if (context.files.existsSync(layout.serviceDir)) return layout;
  const running = runningDirectory(context);
  if (running === undefined) return layout;
  const all = running.targets.size === 1 ? ([...running.targets][0] as string) : layout.serviceAll;
  return { ...layout, serviceDir: running.directory, serviceAll: all };
}

/** The directory that a runsvdir of this user looks at, and where its links lead. */
function runningDirectory(context: Context): { directory: string; targets: Set<string> } | undefined {
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const owner = probe.lstat(`/proc/${pid}`);
    if ('error' in owner || owner.uid !== context.identity.uid) continue;
    const words = (probe.proc(`/proc/${pid}/cmdline`) ?? '').split(/[\0 ]/);
    if (basename(words[0] ?? '') !== 'runsvdir') continue;
    const directory = words.slice(1).find((word) => !word.startsWith('-'));
    if (directory === undefined || !isAbsolute(directory)) continue;
    const listed = probe.list(directory, 1000);
    if ('error' in listed) continue;
    const targets = new Set<string>();
    for (const name of listed.names) {
      const link = probe.readlink(join(directory, name));
      if ('target' in link && isAbsolute(link.target)) targets.add(dirname(link.target));
    }
    return { directory, targets };
  }
  return undefined;
}

/** @throws HomerunError with exit code 2 when doctor can't look at all */
export function doctorWorld(context: Context): World {
  if (probe.proc('/proc/self/stat') === undefined) {
    throw new HomerunError('no-proc', '/proc: it cannot be read, and doctor sees processes only there', {
      exitCode: 2,
      hint: 'Mount it: mount -t proc proc /proc (as root)',
    });
  }
  let configured: Layout | undefined;
  try {
    configured = findLayout(context);
  } catch (error) {
    if (!(error instanceof HomerunError)) throw error;
    throw new HomerunError(error.code, error.message, {
      exitCode: 2,
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  return {
    probe,
    run: runQuickly,
    clock: context.clock,
    identity: context.identity,
    env: context.env,
    layout: configured ?? guessedLayout(context),
    configured: configured !== undefined,
    bundled: join(context.installation, 'runit'),
  };
}

/** Letters into a control FIFO, as sv does it. */
function writeControl(supervise: string, letters: string): void {
  const path = join(supervise, 'control');
  let fd: number;
  try {
    fd = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    throw new HomerunError('no-runsv', `${path}: no runsv reads it`, { cause: error });
  }
  try {
    fs.writeSync(fd, letters);
  } finally {
    fs.closeSync(fd);
  }
}

/** Field 22 of /proc/PID/stat: with it a pid that was given to another program is not taken for the old one. */
function startTicks(pid: number): string | undefined {
  const text = probe.proc(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

async function perform(action: Action, context: Context): Promise<void> {
  switch (action.kind) {
    case 'control':
      writeControl(action.supervise, action.letters);
      return;
    case 'signal': {
      if (startTicks(action.pid) !== action.ticks) return;
      process.kill(action.pid, action.signal);
      return;
    }
    case 'rescan': {
      const now = new Date();
      fs.utimesSync(action.directory, now, now);
      return;
    }
    case 'start': {
      const child = spawn(action.runner, [], { detached: true, stdio: 'ignore', cwd: context.identity.home });
      await new Promise<void>((resolve, reject) => {
        child.on('spawn', resolve);
        child.on('error', reject);
      });
      child.unref();
      return;
    }
    case 'wait':
      await context.clock.wait(action.milliseconds);
  }
}

export function doctorHands(context: Context): Hands {
  const world = planWorld(context);
  return {
    apply: async (plan) => {
      apply(plan, world);
    },
    perform: (action) => perform(action, context),
  };
}
