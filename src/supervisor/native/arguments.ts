/** The command line and environment as bytes, where Node's own strings are not faithful (they are UTF-8 only). */
import { readFileSync } from 'node:fs';

/** Texts with one character a byte; U+FFFD in Node's string may stand for bytes that are no UTF-8. */
function isFaithful(text: string): boolean {
  return !text.includes('\uFFFD');
}

function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** What `process.argv.slice(1)` holds, one character a byte. The first is the program's path as Node resolved it. */
export function argumentsAsBytes(): string[] {
  const own = process.argv.slice(1);
  if (own.every(isFaithful)) return own.map(asBytes);
  return readFileSync('/proc/self/cmdline', 'latin1')
    .split('\0')
    .slice(1 + process.execArgv.length, -1);
}

/** An environment variable, one character a byte. */
export function environmentVariable(name: string): string | undefined {
  const value = process.env[name];
  if (value === undefined) return undefined;
  if (isFaithful(value)) return asBytes(value);
  const prefix = `${name}=`;
  return readFileSync('/proc/self/environ', 'latin1')
    .split('\0')
    .find((entry) => entry.startsWith(prefix))
    ?.slice(prefix.length);
}
