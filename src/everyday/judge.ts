/** What a service's facts mean: one state in words, and whether it is what it should be. */
import { type CrashLoop, crashLoopWords, judgeCrashLoop } from './crash-loop.ts';
import type { ServiceFacts } from './service-facts.ts';
import { durationWords, listWords, timesWords } from './words.ts';

/** Stable words for programs; status.schema.json lists them. */
export type StateCode =
  | 'run'
  | 'paused'
  | 'down'
  | 'starting'
  | 'finish'
  | 'stopping'
  | 'crash-loop'
  | 'not-supervised'
  | 'installed'
  | 'broken';

/** good: as it should be and running. quiet: as it should be, not running. busy: on its way. bad: not as it should be. */
export type Tone = 'good' | 'quiet' | 'busy' | 'bad';

/** A cheap hint of what doctor would look at: one sentence, and the check's identifier where doctor has one. */
export interface Hint {
  readonly check: string | null;
  readonly summary: string;
}

export interface Judgement {
  readonly state: StateCode;
  /** The state in words: `run`, `crash-looping 14 times in 60 s: exit 127`. */
  readonly words: string;
  /** The words for a narrow column: `run`, `crash-looping`. */
  readonly short: string;
  readonly tone: Tone;
  /** It should be up, and is not (or does not stay up). */
  readonly problem: boolean;
  readonly loop: CrashLoop | null;
  readonly hints: readonly Hint[];
}

/** A program that got TERM is given so long before its waiting counts as bad: runit's own patience, in seconds. */
const PATIENCE_SECONDS = 7;
/** A finish script is to be quick; after so many seconds it counts as stuck. */
const FINISH_SECONDS = 10;

function hintsOf(facts: ServiceFacts, loop: CrashLoop | null, now: number): Hint[] {
  const hints: Hint[] = [];
  const hint = (check: string | null, summary: string): void => void hints.push({ check, summary });
  const { slot, log } = facts;
  if (facts.dangling !== null) {
    hint('symlink-dangling', `its link leads to ${facts.dangling}, which is not there`);
    return hints;
  }
  if (facts.run === 'missing') hint('run-missing', 'it has no run script');
  if (facts.run === 'directory') hint('run-is-directory', 'run is a directory');
  if (facts.run === 'not executable') hint('run-not-executable', 'run is not executable');
  if (loop !== null && facts.run === 'executable') hint('flapping', 'it does not stay up');
  if (facts.supervised && slot !== null) {
    if (slot.paused) hint('paused', 'it is paused');
    const waited = (now - slot.changed) / 1000;
    if (slot.gotTerm && slot.state === 'run' && waited > PATIENCE_SECONDS) {
      hint('stuck-after-term', 'it got TERM and does not end');
    }
    if (slot.state === 'finish' && (now - slot.since) / 1000 > FINISH_SECONDS) {
      hint('finish-hangs', 'its finish script does not end');
    }
  }
  if (log !== null && facts.supervised) {
    if (!log.supervised) hint('log-added-while-running', 'its log directory is not supervised');
    else if (log.slot !== null && log.slot.state !== 'run') hint('log-down', 'its logger does not run');
    else if (log.slot?.paused === true) hint('log-paused', 'its logger is paused');
  }
  if (facts.editedSinceStart) hint('run-edited-while-read', 'run was changed after what runs was started');
  if (facts.env.length > 0) {
    const names = listWords(facts.env.map((difference) => difference.name));
    hint(null, `it runs with another ${names} than the files say`);
  }
  return hints;
}

/** The loop that was seen by sampling: any new pid while looking is one start too many. */
function sampledLoop(facts: ServiceFacts): CrashLoop | null {
  if (facts.sampled === null || facts.sampled.starts === 0) return null;
  return { times: facts.sampled.starts, windowSeconds: facts.sampled.seconds, last: null };
}

/**
 * Judges one service. `now` is in milliseconds since the epoch. The order is that of truth: a status file that nobody
 * keeps says nothing, so first comes whether runsv lives.
 */
export function judgeService(facts: ServiceFacts, now: number): Judgement {
  const { slot } = facts;
  const wanted = slot !== null && slot.want === 'up';
  const upSince = slot !== null && slot.state === 'run' && slot.pid !== null ? slot.since : null;
  const loop = facts.supervised
    ? (judgeCrashLoop({ endings: facts.endings, now, upSince, wanted }) ??
      (wanted ? sampledLoop(facts) : null))
    : null;
  const hints = hintsOf(facts, loop, now);
  const say = (
    state: StateCode,
    words: string,
    tone: Tone,
    options: { problem?: boolean; short?: string } = {},
  ): Judgement => ({
    state,
    words,
    short: options.short ?? words,
    tone,
    problem: options.problem ?? false,
    loop,
    hints,
  });

  if (facts.dangling !== null) {
    return say('broken', 'link leads nowhere', 'bad', { problem: true, short: 'broken link' });
  }
  if (!facts.supervised || slot === null) {
    if (!facts.enabled) return say('installed', 'installed, not enabled', 'quiet', { short: 'installed' });
    return say('not-supervised', 'not supervised', facts.normallyDown ? 'quiet' : 'bad', {
      problem: !facts.normallyDown,
    });
  }
  if (loop !== null) {
    const words =
      loop.last === null
        ? `crash-looping: restarted ${timesWords(loop.times)} in ${loop.windowSeconds} s`
        : crashLoopWords(loop);
    return say('crash-loop', words, 'bad', { problem: true, short: 'crash-looping' });
  }
  const seconds = (since: number): number => Math.max(0, (now - since) / 1000);
  if (slot.state === 'run') {
    if (slot.paused) return say('paused', 'paused', 'busy', { problem: wanted });
    if (slot.gotTerm || !wanted) {
      if (!slot.gotTerm) return say('run', 'run once', 'good');
      const waiting = seconds(slot.changed);
      return say(
        'stopping',
        `waiting to die since ${durationWords(waiting)}`,
        waiting > PATIENCE_SECONDS ? 'bad' : 'busy',
        { short: `dying ${durationWords(waiting)}` },
      );
    }
    return say('run', 'run', 'good');
  }
  if (slot.state === 'finish') return say('finish', 'finishing', 'busy', { problem: wanted });
  if (!wanted) {
    return say('down', facts.normallyDown ? 'down, normally down' : 'down', 'quiet', { short: 'down' });
  }
  return say('starting', 'down, wants up', 'bad', { problem: true });
}
