/** dist/runsvdir.cjs: the program runsvdir, in both modes. */
import { join } from 'node:path';
import { prepare, readOptions, runClassic, Waits } from '../runsvdir.ts';

const options = readOptions();
if (options.shared) {
  // Loaded only here: the classic mode does without most of it.
  const { runShared } = require('../shared/program.ts') as typeof import('../shared/program.ts');
  runShared(options, join(__dirname, 'logger-worker.cjs'));
} else {
  const waits = new Waits();
  runClassic(prepare(options, waits.wake), waits);
}
