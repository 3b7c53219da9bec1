/** dist/chpst.cjs: the program chpst, also by the names setuidgid, envuidgid, envdir, pgrphack, setlock, softlimit. */
import { chpst } from '../chpst.ts';
import { argumentsAsBytes } from '../native/arguments.ts';
import { inheritance } from '../native/inherit.ts';

const inherited = inheritance();
const [, ...args] = argumentsAsBytes();
chpst(inherited.calledAs === '' ? 'chpst' : inherited.calledAs, args, inherited);
