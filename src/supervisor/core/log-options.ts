/** svlogd's command line, read as its own getopt reads it. */

import { optionProblemLine, parseOptions } from './getopt.ts';
import { scanNumber } from './log-config.ts';
import type { LineOptions } from './log-lines.ts';
import type { StampStyle } from './log-stamp.ts';

export interface SvlogdOptions extends LineOptions {
  readonly stamps: StampStyle;
  readonly verbose: boolean;
  /** `-b`, in bytes. */
  readonly bufferLength: number;
  readonly directories: readonly string[];
}

/** The command line is wrong: what to print on stderr, newlines included, before exiting with 111. */
export interface SvlogdUsage {
  readonly usage: string;
}

/** What `svlogd -V` prints before the usage. */
const VERSION = '$Id: 5e55a90e0a1b35ec47fed3021453c50675ea1117 $';

/**
 * Reads the arguments (byte strings, without the program's name). `calledAs` is the name that svlogd was called by:
 * the usage shows it whole, a complaint about an option shows what follows the last slash.
 */
export function parseSvlogdOptions(
  args: readonly string[],
  calledAs = 'svlogd',
): SvlogdOptions | SvlogdUsage {
  const usage = (before = ''): SvlogdUsage => ({
    usage: `${before}usage: ${calledAs} [-ttv] [-r c] [-R abc] [-l len] [-b buflen] dir ...\n\n`,
  });
  const base = calledAs.slice(calledAs.lastIndexOf('/') + 1);
  let replacement = '';
  let replaced = '';
  let lineMax = 1000;
  let bufferLength = 1024;
  let stamps = 0;
  let verbose = false;
  const { options, rest: directories } = parseOptions(args, 'R:r:l:b:tvV');
  for (const option of options) {
    if ('problem' in option) return usage(optionProblemLine(base, option));
    const { letter, argument } = option;
    switch (letter) {
      case 'R':
        replaced = argument;
        if (replacement === '') replacement = '_';
        break;
      case 'r':
        if (argument.length !== 1) return usage();
        replacement = argument;
        break;
      case 'l':
        lineMax = scanNumber(argument).value || 1000;
        break;
      case 'b':
        bufferLength = scanNumber(argument).value || 1024;
        break;
      case 't':
        stamps = Math.min(stamps + 1, 3);
        break;
      case 'v':
        verbose = true;
        break;
      case 'V':
        return usage(`${VERSION}\n`);
    }
  }
  if (directories.length === 0 || bufferLength <= lineMax) return usage();
  return {
    replacement,
    replaced,
    lineMax,
    bufferLength,
    stamps: stamps as StampStyle,
    verbose,
    directories,
  };
}
