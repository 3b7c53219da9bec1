import { argumentsAsBytes } from '../native/arguments.ts';
import { runsv } from '../runsv.ts';

runsv(argumentsAsBytes().slice(1));
