/**
 * The readproctitle text: what runsvdir, runsv, svlogd and unlogged services wrote to stderr. Its age is unknown, so
 * it is only a hint where to look, but for lines that appeared while doctor watched. Pure.
 */
import type { Snapshot } from './snapshot.ts';
import { treeOf } from './tree.ts';

/** The first characters of LOG never change. */
const FIXED = 5;

/** Whole lines, the dots (one every 900 s) taken off; the first is cut somewhere and goes. */
export function ringLines(log: string): string[] {
  const text = log.slice(FIXED);
  const scrolled = text.split(/\n/);
  const lines =
    scrolled.length > 1 && !/^\.*$/.test(scrolled[0] ?? '') && !(scrolled[0] ?? '').startsWith('.')
      ? scrolled.slice(1)
      : scrolled;
  return lines.map((line) => line.replace(/^\.+/, '').trimEnd()).filter((line) => line !== '');
}

/** What the supervisor's ring holds now. */
export function ringOf(snapshot: Snapshot): readonly string[] {
  const main = treeOf(snapshot).main;
  return main?.ring === true && main.args.log !== null ? ringLines(main.args.log) : [];
}

/** Lines that appeared while doctor watched: these are true now. */
export function freshLines(snapshot: Snapshot): readonly string[] {
  const main = treeOf(snapshot).main;
  if (main === undefined) return [];
  const texts = snapshot.samples
    .map((sample) => sample.rings[String(main.process.pid)])
    .filter((text): text is string => text !== undefined)
    .map((text) => text.replace(/\0+$/, '').split('\0').pop() ?? '');
  const fresh: string[] = [];
  for (let at = 1; at < texts.length; at += 1)
    fresh.push(...appended(texts[at - 1] as string, texts[at] as string));
  return fresh
    .flatMap((text) => text.split('\n'))
    .map((line) => line.replace(/^\.+/, ''))
    .filter((line) => line !== '');
}

/**
 * Do the same lines come again and again, and nothing else? Such a ring looks the same after they were written once
 * more, and no line of it can be seen to be fresh.
 */
export function isRepeating(lines: readonly string[]): boolean {
  for (let period = 1; period <= lines.length / 2; period += 1) {
    if (lines.slice(period).every((line, at) => line === lines[at])) return true;
  }
  return false;
}

/** What was written between two looks at a ring that scrolls: the shortest shift that makes them agree. */
export function appended(before: string, after: string): string[] {
  if (before === after) return [];
  const length = Math.min(before.length, after.length);
  for (let shift = 1; shift <= length; shift += 1) {
    if (before.endsWith(after.slice(FIXED, after.length - shift)) && after.length - shift > FIXED) {
      return [after.slice(after.length - shift)];
    }
  }
  return [after.slice(FIXED)];
}

/** Lines of runsv about a service, by the name of its link. */
export function linesAbout(lines: readonly string[], service: string): readonly string[] {
  return lines.filter((line) => line.startsWith(`runsv ${service}: `));
}
