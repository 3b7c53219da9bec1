/** What was read about one service, as plain data: what status, top and notify judge. Times are milliseconds since the epoch. */
import type { Ending } from './crash-loop.ts';

/** One supervised program (`run` or `log/run`), as supervise/status tells it. */
export interface SlotFacts {
  readonly state: 'down' | 'run' | 'finish';
  /** Of the last start or stop. */
  readonly since: number;
  /** Of the last change of the status file: when a pause or a TERM was noted. */
  readonly changed: number;
  readonly pid: number | null;
  readonly paused: boolean;
  readonly want: 'up' | 'down';
  readonly gotTerm: boolean;
}

export interface LogFacts {
  /** Somebody reads log/supervise/ok. */
  readonly supervised: boolean;
  readonly slot: SlotFacts | null;
  /** The directory that svlogd writes to; null where it is not known. */
  readonly folder: string | null;
  /** The last line of `current` without its stamp, and when it was written; null where there is none. */
  readonly last: { readonly text: string; readonly at: number | null } | null;
}

/** A variable whose value in the running process is not the one that the files give. */
export interface EnvDifference {
  readonly name: string;
  /** In the files; null: the files say that it is to be unset. */
  readonly file: string | null;
  /** In the process; null: it is not there. */
  readonly process: string | null;
}

export interface ServiceFacts {
  readonly name: string;
  /** There is an entry in the service directory. */
  readonly enabled: boolean;
  /** There is a directory of that name among all services. */
  readonly installed: boolean;
  /** The service's own directory; null where the link leads nowhere. */
  readonly folder: string | null;
  /** Where a link in the service directory leads to nothing. */
  readonly dangling: string | null;
  /** Somebody reads supervise/ok. */
  readonly supervised: boolean;
  readonly slot: SlotFacts | null;
  /** There is a `down` file. */
  readonly normallyDown: boolean;
  /** null: there is no `log` directory. */
  readonly log: LogFacts | null;
  /** What the process was started with; null where none runs. */
  readonly command: readonly string[] | null;
  /** The last endings of `run`, the oldest first; empty where the supervisor keeps no history. */
  readonly endings: readonly Ending[];
  /** Restarts seen while looking (a supervisor without a history): new pids within so many seconds; null: not looked. */
  readonly sampled: { readonly starts: number; readonly seconds: number } | null;
  readonly run: 'executable' | 'not executable' | 'missing' | 'directory';
  /** `run` was changed after the start of what runs. */
  readonly editedSinceStart: boolean;
  readonly env: readonly EnvDifference[];
}
