/**
 * svlogd's `config`, in the grammar of the C program (svlogd(8), CONFIG): every line begins with one letter.
 * Texts are byte strings (one character for each byte), so that nothing depends on an encoding.
 */

import { scanUnsignedLong } from './getopt.ts';

/** Where `u` and `U` lines send to. */
export interface UdpTarget {
  readonly address: readonly [number, number, number, number];
  readonly port: number;
}

/** What a log directory's `config` sets. Sizes in bytes, times in seconds. */
export interface LogConfig {
  /** `s`: rotate at so many bytes; 0 never. */
  readonly sizeMax: number;
  /** `n`: keep so many old logs; 0 all. */
  readonly keepMax: number;
  /** `N`: on a full disk delete old logs down to so many. */
  readonly keepMin: number;
  /** `t`: rotate a log that is older; 0 never. */
  readonly ageMax: number;
  /** `!`: the shell command that old logs are fed through; "" for none. */
  readonly processor: string;
  /** The `+ - e E` lines in their order, the letter included. */
  readonly instructions: readonly string[];
  /** `p`: goes before each line. */
  readonly prefix: string;
  readonly udp: UdpTarget | undefined;
  /** A `U` line: nothing is written to `current` but complaints about udp. */
  readonly udpOnly: boolean;
}

/** Without a config file. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  sizeMax: 1_000_000,
  keepMax: 10,
  keepMin: 10,
  ageMax: 0,
  processor: '',
  instructions: [],
  prefix: '',
  udp: undefined,
  udpOnly: false,
};

export interface ParsedLogConfig {
  readonly config: LogConfig;
  /** What svlogd warns of, without the program's name: `unable to scan ip address: TEXT`. */
  readonly warnings: readonly string[];
}

/** The decimal number at the start of `text` (0 without digits), wrapped as an `unsigned long`, and its length. */
export function scanNumber(text: string): { value: number; length: number } {
  const { value, length } = scanUnsignedLong(text);
  return { value: Number(value), length };
}

/** A C string: what stands before the first NUL. */
function untilNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

/** Four numbers with dots between them at the start of `text`; only their low bytes count. */
function scanAddress(text: string): { address: UdpTarget['address']; length: number } | undefined {
  const match = /^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)/.exec(text);
  if (match === null) return undefined;
  const byte = (index: number) => Number(BigInt(match[index] as string) & 255n);
  return { address: [byte(1), byte(2), byte(3), byte(4)], length: match[0].length };
}

/**
 * Reads the bytes of a config file. Unknown lines are ignored, as empty ones and comments are; a number that is
 * missing counts as 0. A last line of a single character without a newline is not looked at.
 */
export function parseLogConfig(text: string): ParsedLogConfig {
  const config: { -readonly [Key in keyof LogConfig]: LogConfig[Key] } = { ...DEFAULT_LOG_CONFIG };
  const instructions: string[] = [];
  const warnings: string[] = [];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  if (last.length > 1) lines.push(last);
  for (const line of lines) {
    const rest = line.slice(1);
    switch (line[0]) {
      case '+':
      case '-':
      case 'e':
      case 'E':
        // A NUL ends an instruction, and what follows it may be the next one.
        instructions.push(...line.split('\0').filter((part) => /^[-+eE]/.test(part)));
        break;
      case 's': {
        const { value, length } = scanNumber(rest);
        const unit = rest[length];
        config.sizeMax = value * (unit === 'm' ? 1024 * 1024 : unit === 'k' ? 1024 : 1);
        break;
      }
      case 'n':
        config.keepMax = scanNumber(rest).value;
        break;
      case 'N':
        config.keepMin = scanNumber(rest).value;
        break;
      case 't': {
        const { value, length } = scanNumber(rest);
        const unit = rest[length];
        config.ageMax = value * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1);
        break;
      }
      case '!':
        if (rest !== '') config.processor = untilNul(rest);
        break;
      case 'U':
      case 'u': {
        if (line[0] === 'U') config.udpOnly = true;
        const found = scanAddress(rest);
        if (found === undefined) {
          warnings.push(`unable to scan ip address: ${untilNul(rest)}`);
          break;
        }
        let port = 514;
        if (rest[found.length] === ':') {
          const digits = rest.slice(found.length + 1);
          port = scanNumber(digits).value;
          if (port === 0) {
            warnings.push(`unable to scan port number: ${untilNul(digits)}`);
            break;
          }
        }
        // Sixteen bits of it; a port of 0 means that nothing is sent.
        config.udp = port % 65536 === 0 ? undefined : { address: found.address, port: port % 65536 };
        break;
      }
      case 'p':
        if (rest !== '') config.prefix = untilNul(rest);
        break;
      default:
    }
  }
  return { config: { ...config, instructions }, warnings };
}
