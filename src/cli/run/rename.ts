import { HomerunError } from '../../system/errors.ts';
import type { RunCommand } from '../context.ts';

export const run: RunCommand = async () => {
  throw new HomerunError('unbuilt', 'rename is not built yet');
};
