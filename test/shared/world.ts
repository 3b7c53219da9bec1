/** A tree under `runsvdir --shared`, with C's sv as the hand that drives it where it is there. */
import { spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logText } from '../setup/log-content.ts';
import { C, lives, OURS, ServiceTree, type Supervisor } from '../setup/service-tree.ts';
import { until } from '../setup/until.ts';

export const SLEEP = 'exec sleep 100000';
/** A log service that is hosted, and one that is not. */
export const HOSTED = '#!/bin/sh\nexec 2>&1\nmkdir -p ./main || exit 1\nexec svlogd -tt ./main\n';
export const OWN_PROCESS = '#!/bin/sh\nexec 2>&1\nmkdir -p ./main\nexec env svlogd -tt ./main\n';

export interface Status {
  readonly pid: number;
  readonly state: 'down' | 'run' | 'finish';
  readonly want: 'u' | 'd';
  readonly paused: boolean;
  readonly gotTerm: boolean;
  /** The 12 bytes of the last start or stop. */
  readonly since: string;
}

export class SharedTree extends ServiceTree {
  /** Starts a shared supervisor; `homerun`'s programs are first in its PATH. */
  shared(args: readonly string[] = ['service'], env: NodeJS.ProcessEnv = {}, uid?: number): Supervisor {
    return this.start(`${OURS}/runsvdir`, ['--shared', '-P', ...args], {
      env: { ...process.env, PATH: `${OURS}:${process.env.PATH}`, ...env },
      ...(uid === undefined ? {} : { uid }),
    });
  }

  status(name: string): Status | undefined {
    try {
      const bytes = readFileSync(join(this.services, name, 'supervise/status'));
      if (bytes.length !== 20) return undefined;
      return {
        pid: bytes.readUInt32LE(12),
        state: (['down', 'run', 'finish'] as const)[bytes[19] as number] ?? 'down',
        want: String.fromCharCode(bytes[17] as number) as 'u' | 'd',
        paused: bytes[16] !== 0,
        gotTerm: bytes[18] !== 0,
        since: bytes.toString('hex', 0, 12),
      };
    } catch {
      return undefined;
    }
  }

  /** The pid of the running service, once it runs (again: with another pid than `but`) under a supervisor. */
  runs(name: string, but = 0): Promise<number> {
    return until(`${name} runs`, () => {
      const status = this.status(name);
      const runs = status?.state === 'run' && status.pid !== 0 && status.pid !== but && lives(status.pid);
      return runs && this.isCaredFor(name) && status.pid;
    });
  }

  /** A supervisor has the FIFO `ok` open. */
  isCaredFor(name: string): boolean {
    try {
      // Without a reader that is ENXIO.
      closeSync(
        openSync(join(this.services, name, 'supervise/ok'), constants.O_WRONLY | constants.O_NONBLOCK),
      );
      return true;
    } catch {
      return false;
    }
  }

  /** What sv returns and says; the other tests of a file go on meanwhile. */
  sv(...args: readonly string[]): Promise<{ readonly status: number | null; readonly said: string }> {
    const program = existsSync(`${C}/sv`) ? `${C}/sv` : `${OURS}/sv`;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // On a busy machine seven seconds may go by; `exit` of a log is to wait in vain.
      env: { ...process.env, SVDIR: this.services, SVWAIT: args[0] === 'exit' ? '1' : '60' },
    });
    // One after the other: what comes through two pipes has no order.
    const said = ['', ''];
    for (const [index, stream] of [child.stdout, child.stderr].entries()) {
      stream.setEncoding('latin1').on('data', (text: string) => {
        said[index] += text;
      });
    }
    return new Promise((done, failed) => {
      child.on('error', failed);
      child.on('close', (status) => done({ status, said: said.join('') }));
    });
  }

  /** All lines that the log of a service holds, oldest first, without their stamps. */
  logged(name: string, folder = 'log/main'): string[] {
    const path = join(this.services, name, folder);
    if (!existsSync(path)) return [];
    return logText(path)
      .split('\n')
      .slice(0, -1)
      .map((line) => line.replace(/^\d{4}-\d\d-\d\d_[\d:.]+ /, ''));
  }
}

/** What a supervisor has said, but that writing a log takes long: a slow disk is the machine's. */
export function saidBy(supervisor: Supervisor): string {
  return supervisor.output().replace(/^runsvdir .* hangs; the other logs go on without it\n/gm, '');
}

/** Runs a test with a tree of its own, which is removed with all that runs in it. */
export async function withTree(use: (tree: SharedTree) => Promise<void>): Promise<void> {
  const tree = new SharedTree();
  try {
    await use(tree);
  } finally {
    await tree.remove();
  }
}
