import { treeCheck } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { treeOf } from '../tree.ts';

interface Limit {
  /** By the kernel's words. */
  readonly name: string;
  /** The option of ulimit. */
  readonly option: string;
  /** From here on it is none that a service would meet by accident. */
  readonly enough: number;
  readonly unit: string;
  readonly comes: string;
}

const MB = 1024 * 1024;

const LIMITS: readonly Limit[] = [
  {
    name: 'Max file size',
    option: '-f',
    enough: 100 * MB,
    unit: 'bytes',
    comes: 'a log or a file that would grow beyond it is not written, and its program is ended by XFSZ',
  },
  {
    name: 'Max cpu time',
    option: '-t',
    enough: Number.POSITIVE_INFINITY,
    unit: 'seconds',
    comes: 'every service is ended by XCPU when it has worked for so long, the supervisor, too',
  },
  {
    name: 'Max address space',
    option: '-v',
    enough: 1024 * MB,
    unit: 'bytes',
    comes: 'a program that wants more does not start, or ends with "out of memory"',
  },
  {
    name: 'Max data size',
    option: '-d',
    enough: 256 * MB,
    unit: 'bytes',
    comes: 'a program that wants more does not start, or ends with "out of memory"',
  },
];

export const check = treeCheck({
  id: 'supervisor-limits',
  severity: 'warning',
  layer: 'machine',
  title: 'the supervisor was started with a limit that its services meet',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'Limits (ulimit) are inherited: one that was set in the shell or the session file from which the runner was started holds for every service. With a limit of file size logs stop growing; with one of processor time a daemon ends after some hours of work; with one of memory it does not start.',
    'By hand: cat /proc/PID/limits of runsvdir. Take the ulimit line out of the session file, end runsvdir with HUP and start the runner again.',
  ],
  see: (snapshot) => {
    const main = treeOf(snapshot).main;
    if (main === undefined) return undefined;
    return LIMITS.flatMap(({ name, option, enough, unit, comes }) => {
      const limit = main.process.detail?.limits[name];
      if (typeof limit !== 'number' || limit >= enough) return [];
      return [
        {
          path: runnerOf(snapshot),
          summary: `services are limited: ${name.toLowerCase()} ${limit} ${unit}`,
          evidence: [`${name} of pid ${main.process.pid}: ${limit} ${unit}`],
          cause: `The supervisor was started with it (ulimit ${option}), and services inherit it: ${comes}. Start the runner without that limit: kill -HUP ${main.process.pid} first.`,
        },
      ];
    });
  },
});
