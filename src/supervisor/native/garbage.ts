/**
 * V8 collects what was garbage for longer only when there are about eight megabytes more of it than its last
 * collection left. A supervisor and its loggers hold four each: they would grow to three times that over the hours,
 * and fall back, and grow. So it is looked now and then, and collected when a megabyte has come together. It costs
 * some milliseconds, and only where something happens at all.
 *
 * Needs node's --expose-gc (runit/launch.sh); without it V8 has its way.
 */
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

/** Bytes more than after the last collection, at least, and as a part of those. */
const LEAST = 2 ** 20;
const PART = 0.1;

interface GarbageOptions {
  /** Collects all garbage of this thread. */
  readonly collect: (() => void) | undefined;
  /** Bytes that are held, garbage included. */
  held(): number;
}

/** What is young is collected often by itself, and is left out. */
function heldBytes(): number {
  let held = getHeapStatistics().external_memory;
  for (const { space_name, space_used_size } of getHeapSpaceStatistics())
    if (!space_name.startsWith('new_')) held += space_used_size;
  return held;
}

/** One for each thread. */
export class Garbage {
  readonly #options: GarbageOptions;
  /** After the last collection. */
  #kept = 0;

  constructor(options: Partial<GarbageOptions> = {}) {
    const { gc } = globalThis as { readonly gc?: () => void };
    this.#options = { collect: gc, held: heldBytes, ...options };
  }

  /** To be called every few seconds while there is work. */
  look(): void {
    const { collect, held } = this.#options;
    if (collect === undefined || held() < this.#kept + Math.max(LEAST, PART * this.#kept)) return;
    collect();
    this.#kept = held();
  }
}
