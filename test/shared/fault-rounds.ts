/**
 * Rounds of faults: `kill -9` of the supervisor, of daemons and of process loggers at random moments while all of
 * them write, and then the account: no line of a daemon lost or doubled between its first and its last, never two
 * copies of a daemon at once, every service up again.
 */
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { children, lives, type Supervisor, text } from '../setup/service-tree.ts';
import { until } from '../setup/until.ts';
import { randomOf } from '../sim/random.ts';
import { HOSTED, SharedTree } from './world.ts';

/**
 * Writes bursts of lines `[PID.START NUMBER]`, whole bursts in one write, which a kill can tear. A second copy of the
 * same service finds the lock taken and says so in `double`.
 */
const DAEMON = `#!/usr/bin/perl
use Fcntl qw(:flock);
open(my $lock, '>', 'alive') or die;
flock($lock, LOCK_EX | LOCK_NB) or do { open(my $f, '>>', 'double'); print $f "$$\\n"; exit 1 };
open(my $s, '<', '/proc/self/stat'); my $start = (split ' ', <$s>)[21];
my $n = 0;
while (1) {
  my $lines = '';
  for (1 .. 60) { $n++; $lines .= "[$$.$start $n]\\n"; }
  my $done = 0;
  while ($done < length $lines) { $done += syswrite(STDOUT, $lines, length($lines) - $done, $done) // exit 3; }
  select(undef, undef, undef, 0.02);
}
`;

/** Through env, so that it is not hosted. */
const PROCESS_LOGGER = '#!/bin/sh\nexec 2>&1\nexec env svlogd -tt ./main\n';

export interface FaultRounds {
  readonly rounds: number;
  readonly seed: number;
  /** Milliseconds between two faults, at most; the mean is half of it. */
  readonly pause: number;
}

export interface Account {
  /** What is wrong, one line each. */
  readonly wrong: readonly string[];
  readonly lines: number;
  readonly kills: { readonly supervisor: number; readonly daemon: number; readonly logger: number };
}

export async function runFaultRounds({ rounds, seed, pause }: FaultRounds): Promise<Account> {
  const random = randomOf(seed);
  const tree = new SharedTree();
  const hosted = ['h0', 'h1', 'h2'];
  const own = ['p0'];
  const names = [...hosted, ...own];
  const kills = { supervisor: 0, daemon: 0, logger: 0 };
  try {
    for (const name of names) {
      const folder = tree.service(name, {
        run: DAEMON,
        'log/run': own.includes(name) ? PROCESS_LOGGER : HOSTED,
        // Nothing is ever deleted; many rotations.
        'log/main/config': '#!\n',
      });
      writeFileSync(join(folder, 'log/main/config'), 's200000\nn0\n');
    }
    tree.age();
    let supervisor = tree.shared();
    for (const name of names) await tree.runs(name);
    for (let round = 0; round < rounds; round++) {
      await new Promise((done) => setTimeout(done, random.below(pause)));
      const kind = random.next();
      if (kind < 0.4) {
        supervisor.signal('SIGKILL');
        await supervisor.ended;
        kills.supervisor += 1;
        if (random.next() < 0.5) await new Promise((done) => setTimeout(done, random.below(60)));
        // Now and then a daemon dies while nobody is there.
        if (random.next() < 0.3)
          kills.daemon += await killIn(tree, names[random.below(names.length)] as string);
        supervisor = tree.shared();
      } else if (kind < 0.8) kills.daemon += await killIn(tree, names[random.below(names.length)] as string);
      else kills.logger += await killIn(tree, `${own[random.below(own.length)]}/log`);
    }
    await settle(tree, names, supervisor);
    return { ...account(tree, names), kills };
  } finally {
    await tree.remove();
  }
}

/**
 * Kills the process that status names, if it is one of the service, and waits until it is dead: on a busy machine that
 * takes a while, and it must not be taken for one that runs. Returns how many were killed.
 */
async function killIn(tree: SharedTree, name: string): Promise<number> {
  const folder = join(tree.services, name);
  const pid = tree.status(name)?.pid ?? 0;
  try {
    if (pid === 0 || readlinkSync(`/proc/${pid}/cwd`) !== folder) return 0;
    process.kill(pid, 'SIGKILL');
  } catch {
    return 0;
  }
  await until(`${name} is dead`, () => !lives(pid));
  return 1;
}

/** Every service is up again, and writes; then all of it is brought down, so that everything written is logged. */
async function settle(tree: SharedTree, names: readonly string[], supervisor: Supervisor): Promise<void> {
  for (const name of names) {
    const pid = await tree.runs(name);
    await until(`the log of ${name} runs`, () => {
      const log = tree.status(`${name}/log`);
      return log?.state === 'run' && lives(log.pid);
    });
    const start = text(`/proc/${pid}/stat`)?.split(' ')[21];
    await until(`a line of the last ${name} is logged`, () =>
      tree.logged(name).some((line) => line.startsWith(`[${pid}.${start} `)),
    );
  }
  supervisor.signal('SIGHUP');
  const code = await supervisor.ended;
  if (code !== 111) throw new Error(`the supervisor ended with ${code}: ${supervisor.output()}`);
  await until('all loggers ended', () => children(supervisor.pid).length === 0);
}

function account(tree: SharedTree, names: readonly string[]): Omit<Account, 'kills'> {
  const wrong: string[] = [];
  let lines = 0;
  for (const name of names) {
    if (existsSync(join(tree.services, name, 'double'))) wrong.push(`${name}: two copies at once`);
    const last = new Map<string, number>();
    for (const line of tree.logged(name)) {
      // A daemon killed in a write leaves a torn line, to which the next one's first is joined.
      const match = /\[(\d+\.\d+) (\d+)\]$/.exec(line);
      if (match === null) {
        wrong.push(`${name}: no line of a daemon: ${line.slice(0, 80)}`);
        continue;
      }
      lines += 1;
      const [, daemon = '', number = ''] = match;
      const before = last.get(daemon);
      if (before !== undefined && Number(number) !== before + 1) {
        wrong.push(`${name}: ${daemon} has ${number} after ${before}`);
      }
      last.set(daemon, Number(number));
    }
    const left = readdirSync(join(tree.services, name, 'supervise'));
    if (left.includes('process')) wrong.push(`${name}: a note was left behind`);
  }
  return { wrong: wrong.slice(0, 20), lines };
}
