/**
 * What a started program finds: environment, descriptors, limits, signals, session, umask and whatever else /proc
 * tells about a process, under C's runsv and ours, which were started alike.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { needs } from '../setup/needs.ts';
import { argumentsOf, children, text } from '../setup/service-tree.ts';
import { until, untilSame } from '../setup/until.ts';
import { type Case, compare, PROGRAMS, type Runsv } from './runsv-world.ts';

/** Stays, and stays the process that runsv started: its environ in /proc is what runsv gave it. */
const STAY = 'sleep 1000 &\nwait\n';

function read(path: string): string {
  return readFileSync(path, 'latin1');
}

/** Fields of /proc/PID/status that a parent can set. */
function statusFields(pid: number): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of read(`/proc/${pid}/status`).split('\n')) {
    const [key = '', value = ''] = line.split(':\t');
    if (/^(Umask|Sig(Blk|Ign|Cgt)|Uid|Gid|Groups|NoNewPrivs|Seccomp|Cap.*|.*_allowed_list)$/.test(key))
      fields[key] = value.trim();
  }
  return fields;
}

/** Fields of /proc/PID/stat after the name: 1 is ppid, 2 pgrp, 3 session, 4 tty, 15 priority, 16 nice, 38 policy. */
function statFields(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Names for pipes and paths, so that two worlds can be compared. */
class Names {
  readonly #world: Case;
  readonly #pipes = new Map<string, string>();

  constructor(world: Case) {
    this.#world = world;
  }

  know(link: string, name: string): void {
    if (/^(pipe|socket):/.test(link) && !this.#pipes.has(link)) this.#pipes.set(link, name);
  }

  of(link: string): string {
    if (/^(pipe|socket):/.test(link)) {
      this.know(link, `pipe ${this.#pipes.size}`);
      return this.#pipes.get(link) as string;
    }
    return link.replaceAll(this.#world.root, 'ROOT');
  }
}

function descriptors(pid: number, names: Names): Record<string, string> {
  const found: Record<string, string> = {};
  for (const fd of readdirSync(`/proc/${pid}/fd`).sort((a, b) => Number(a) - Number(b))) {
    const link = readlinkSync(`/proc/${pid}/fd/${fd}`);
    const flags = /^flags:\s+(\d+)$/m.exec(read(`/proc/${pid}/fdinfo/${fd}`))?.[1];
    found[fd] = `${names.of(link)} ${flags}`;
  }
  return found;
}

/** All that can be seen of a process that its parent decides. */
function seen(world: Case, pid: number, runsv: Runsv, names: Names) {
  const stat = statFields(pid);
  const parent = statFields(runsv.pid);
  return {
    environment: read(`/proc/${pid}/environ`)
      .split('\0')
      .map((entry) => entry.replaceAll(world.root, 'ROOT')),
    commandLine: read(`/proc/${pid}/cmdline`).split('\0'),
    directory: names.of(readlinkSync(`/proc/${pid}/cwd`)),
    root: readlinkSync(`/proc/${pid}/root`),
    descriptors: descriptors(pid, names),
    limits: read(`/proc/${pid}/limits`)
      .split('\n')
      .filter((line) => !line.startsWith('Max pending signals')),
    status: statusFields(pid),
    childOfRunsv: stat[1] === String(runsv.pid),
    sameGroup: stat[2] === parent[2],
    sameSession: stat[3] === parent[3],
    terminal: stat[4],
    priority: [stat[15], stat[16], stat[38]],
    oom: read(`/proc/${pid}/oom_score_adj`),
    personality: read(`/proc/${pid}/personality`),
  };
}

/** A shell that does something before it becomes the rest of the command line. */
const first = (commands: string): string[] => ['sh', '-c', `${commands}\nexec "$@"`, 'sh'];

const ODD = ['A=1', 'B-x=no identifier', 'Z=', 'TAB=a\tb\nc', 'A_LAST=9', 'BASH_FUNC_f%%=() { :\n}'];

/** Ways to start runsv that a child notices. The environment has to come from env(1) right before runsv. */
const STARTS: readonly { readonly title: string; readonly before: readonly string[] }[] = [
  { title: 'as it is', before: [] },
  { title: 'an empty environment', before: ['env', '-i'] },
  { title: 'odd entries in the environment', before: ['env', '-i', ...ODD, 'PATH=/usr/bin:/bin'] },
  {
    title: 'bytes in the environment that are no UTF-8',
    before: [...first('X=$(printf "\\351\\200") && export X')],
  },
  { title: 'ignored signals', before: first("trap '' HUP INT QUIT USR1 USR2 PIPE TERM CHLD ALRM") },
  {
    title: 'blocked signals',
    before: ['env', '--block-signal=HUP,USR1,TERM,CHLD,PIPE', '--ignore-signal=WINCH'],
  },
  {
    title: 'a umask and limits',
    before: first('umask 027; ulimit -Sn 333; ulimit -Hn 444; ulimit -c 0; ulimit -s 4096'),
  },
  { title: 'further descriptors', before: first('exec 3</dev/null 7>>side 9<>side') },
  {
    title: 'a lower priority and an oom score',
    before: first('echo 77 >/proc/self/oom_score_adj; exec nice -n 5 "$@"'),
  },
  { title: 'options for Node that no Node knows', before: ['env', 'NODE_OPTIONS=--no-such-option'] },
  { title: 'no stderr', before: first('exec 2>/dev/null') },
];

/** The pid that a program has written, once it does nothing but wait for its sleep. */
async function pidIn(runsv: Runsv, file: string): Promise<number> {
  const pid = await until(`a pid in ${file} (${runsv.stderr})`, () =>
    Number(text(`${runsv.directory}/${file}`)),
  );
  await until(`${file}: it sleeps`, () => sleepOf(pid) !== undefined);
  return pid;
}

/** The sleep that the program has started, as soon as it is one. */
function sleepOf(pid: number): number | undefined {
  return children(pid).find((child) => argumentsOf(child)[0] === 'sleep');
}

describe.skipIf(!needs('runsv', 'env', 'nice'))(
  'a program that runsv starts finds what C would give it',
  () => {
    describe.concurrent('started with', () => {
      for (const { title, before } of STARTS) {
        it(title, async () => {
          const found = await compare(async (world) => {
            const names = new Names(world);
            const write = (file: string) =>
              `#!/bin/sh\necho $$ >${file}.new\nmv ${file}.new ${file}\n${STAY}`;
            world.file('s/run', write('run.pid'));
            world.file('s/finish', write('finish.pid'));
            world.file('s/control/h', write('control.pid'));
            world.file('s/log/run', write('run.pid'));
            const runsv = world.start('s', { before });
            const main = await pidIn(runsv, 'run.pid');
            const log = await pidIn(runsv, 'log/run.pid');
            names.know(readlinkSync(`/proc/${runsv.pid}/fd/1`), 'stdout of runsv');
            names.know(readlinkSync(`/proc/${runsv.pid}/fd/2`), 'stderr of runsv');
            const own = {
              directory: names.of(readlinkSync(`/proc/${runsv.pid}/cwd`)),
              name: read(`/proc/${runsv.pid}/comm`),
              title: read(`/proc/${runsv.pid}/cmdline`)
                .replace(PROGRAMS.c, 'runsv')
                .replaceAll('\0', ' ')
                .trim(),
              openFiles: /^Max open files.*$/m.exec(read(`/proc/${runsv.pid}/limits`))?.[0],
              umask: statusFields(runsv.pid).Umask,
              // The service and its logger, and nothing of the launcher.
              children: read(`/proc/${runsv.pid}/task/${runsv.pid}/children`).trim().split(' ').length,
            };
            // A shell blocks all signals for a moment when it begins to wait.
            const atRest = (pid: number) => untilSame('a shell is', () => seen(world, pid, runsv, names));
            const run = await atRest(main);
            const logRun = await atRest(log);
            runsv.send('h');
            const controlPid = await pidIn(runsv, 'control.pid');
            const control = await atRest(controlPid);
            // With its sleep it ends, with exit code 0: then no HUP is sent, which might start ./finish before `k` kills it.
            process.kill(sleepOf(controlPid) as number, 'SIGKILL');
            runsv.send('k');
            const finish = await atRest(await pidIn(runsv, 'finish.pid'));
            return { own, run, logRun, control, finish };
          });
          expect(found.run.childOfRunsv && found.finish.childOfRunsv).toBe(true);
          expect(found.own.title).toBe('runsv s');
          if (title.startsWith('odd'))
            expect(found.run.environment).toEqual([...ODD, 'PATH=/usr/bin:/bin', '']);
        });
      }
    });
  },
);
