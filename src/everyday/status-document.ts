/** What `homerun status --json` prints besides its version; schema/status.schema.json describes it. */
import type { StateCode } from './judge.ts';
import type { EnvDifference } from './service-facts.ts';
import { pidOf, type StatusRow, secondsOf } from './status-view.ts';

export interface ProcessDocument {
  readonly pid: number;
  readonly command: string;
  readonly children: readonly ProcessDocument[];
}

export interface ServiceDocument {
  readonly name: string;
  readonly enabled: boolean;
  readonly installed: boolean;
  readonly directory: string | null;
  readonly supervised: boolean;
  readonly state: StateCode;
  readonly words: string;
  readonly problem: boolean;
  readonly pid: number | null;
  readonly want: 'up' | 'down' | null;
  readonly paused: boolean;
  readonly gotTerm: boolean;
  readonly normallyDown: boolean;
  readonly since: string | null;
  readonly seconds: number | null;
  readonly command: readonly string[] | null;
  readonly crashLoop: {
    readonly times: number;
    readonly windowSeconds: number;
    readonly exitCode: number | null;
    readonly signal: number | null;
  } | null;
  readonly endings: readonly {
    readonly at: string;
    readonly seconds: number | null;
    readonly exitCode: number | null;
    readonly signal: number | null;
    readonly asked: boolean;
  }[];
  readonly log: {
    readonly supervised: boolean;
    readonly state: 'run' | 'down' | 'finish' | null;
    readonly pid: number | null;
    readonly directory: string | null;
    readonly lastLine: string | null;
    readonly lastAt: string | null;
  } | null;
  readonly env: readonly EnvDifference[];
  readonly hints: readonly { readonly check: string | null; readonly summary: string }[];
  readonly processes?: readonly ProcessDocument[];
}

export interface StatusDocument {
  readonly time: string;
  readonly ok: boolean;
  readonly serviceDir: string;
  readonly serviceAll: string;
  readonly engine: string;
  readonly services: readonly ServiceDocument[];
}

const ENDINGS = 10;

const iso = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : new Date(milliseconds).toISOString();

function serviceDocument({ facts, judgement }: StatusRow, now: number): ServiceDocument {
  const slot = facts.supervised ? facts.slot : null;
  const seconds = secondsOf(facts, now);
  const { log } = facts;
  return {
    name: facts.name,
    enabled: facts.enabled,
    installed: facts.installed,
    directory: facts.folder,
    supervised: facts.supervised,
    state: judgement.state,
    words: judgement.words,
    problem: judgement.problem,
    pid: pidOf(facts),
    want: slot?.want ?? null,
    paused: slot?.paused ?? false,
    gotTerm: slot?.gotTerm ?? false,
    normallyDown: facts.normallyDown,
    since: iso(slot?.since ?? null),
    seconds: seconds === null ? null : Math.floor(seconds),
    command: facts.command,
    crashLoop:
      judgement.loop === null
        ? null
        : {
            times: judgement.loop.times,
            windowSeconds: judgement.loop.windowSeconds,
            exitCode: judgement.loop.last?.code ?? null,
            signal: judgement.loop.last?.signal ?? null,
          },
    endings: facts.endings.slice(-ENDINGS).map((ending) => ({
      at: iso(ending.at) as string,
      seconds: ending.startedAt === null ? null : Math.round(ending.at - ending.startedAt) / 1000,
      exitCode: ending.code,
      signal: ending.signal,
      asked: ending.asked,
    })),
    log:
      log === null
        ? null
        : {
            supervised: log.supervised,
            state: log.slot?.state ?? null,
            pid: log.slot?.pid ?? null,
            directory: log.folder,
            lastLine: log.last?.text ?? null,
            lastAt: iso(log.last?.at ?? null),
          },
    env: facts.env,
    hints: judgement.hints,
  };
}

/** The whole document. `processes` (with --tree) by service name. */
export function statusDocument(
  rows: readonly StatusRow[],
  about: {
    readonly now: number;
    readonly serviceDir: string;
    readonly serviceAll: string;
    readonly engine: string;
    readonly processes?: ReadonlyMap<string, readonly ProcessDocument[]>;
  },
): StatusDocument {
  return {
    time: new Date(about.now).toISOString(),
    ok: !rows.some(({ judgement }) => judgement.problem),
    serviceDir: about.serviceDir,
    serviceAll: about.serviceAll,
    engine: about.engine,
    services: rows.map((row) => {
      const document = serviceDocument(row, about.now);
      const processes = about.processes?.get(row.facts.name);
      return about.processes === undefined ? document : { ...document, processes: processes ?? [] };
    }),
  };
}
