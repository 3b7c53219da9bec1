/** dist/runsvdir.cjs: the program runsvdir, in both modes. */
import { prepare, runClassic, Waits } from '../runsvdir.ts';

const waits = new Waits();
const ground = prepare(waits.wake);
runClassic(ground, waits);
