/** Dispositions that Node has no words for: ignored, and back to the default. */
import { libcFunction } from './libc.ts';

const SIG_DFL = 0n;
const SIG_IGN = 1n;

let signal: ((number: number, handler: bigint) => bigint) | undefined;

function set(number: number, handler: bigint): void {
  signal ??= libcFunction('intptr_t signal(int, intptr_t)') as NonNullable<typeof signal>;
  signal(number, handler);
}

/** Ignores a signal, as those that this process starts will, too. */
export function ignoreSignal(number: number): void {
  set(number, SIG_IGN);
}

/** Gives a signal its default back, which is that of runit's programs: SIGUSR1 ends them, where Node debugs. */
export function defaultSignal(number: number): void {
  set(number, SIG_DFL);
}

/** The signal numbers in a mask of /proc/PID/status (hexadecimal, lowest bit is signal 1). */
export function signalsOfMask(mask: bigint): number[] {
  const numbers: number[] = [];
  for (let number = 1; number <= 64; number++) {
    if (mask & (1n << BigInt(number - 1))) numbers.push(number);
  }
  return numbers;
}
