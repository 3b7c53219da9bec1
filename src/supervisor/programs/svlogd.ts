/** The program svlogd. */
import { writeFileSync } from 'node:fs';
import { argumentsAsBytes } from '../native/arguments.ts';
import { calledAs, inheritance } from '../native/inherit.ts';
import { runSvlogd } from '../svlogd/classic.ts';

inheritance();
const args = argumentsAsBytes().slice(1);
process.title = Buffer.from(['svlogd', ...args].join(' '), 'latin1').toString();
try {
  // The title gives the process its name, too: all of the command line. C's is the program's.
  writeFileSync('/proc/self/comm', 'svlogd');
} catch {
  // Only what `ps` shows suffers.
}
runSvlogd(args, calledAs('svlogd')).then((code) => process.exit(code));
