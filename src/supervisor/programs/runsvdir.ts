/** dist/runsvdir.cjs: the program runsvdir, in both modes. */
import { join } from 'node:path';
import type { setFlagsFromString } from 'node:v8';
import { prepare, readOptions, runClassic, Waits } from '../runsvdir.ts';

const options = readOptions();
if (options.shared) {
  const v8 = require('node:v8') as { readonly setFlagsFromString: typeof setFlagsFromString };
  // Only what is busy for some milliseconds (a logger) is worth machine code: that of everything which comes up now
  // and then in weeks would be a fifth of the memory. Usual is a fifteenth of this.
  v8.setFlagsFromString('--interrupt-budget=2000000');
  // Loaded only here: the classic mode does without most of it.
  const { runShared } = require('../shared/program.ts') as typeof import('../shared/program.ts');
  runShared(options, join(__dirname, 'logger-worker.cjs'));
} else {
  const waits = new Waits();
  runClassic(prepare(options, waits.wake), waits);
}
