import { HomerunError } from '../../system/errors.ts';
import type { RunCommand } from '../context.ts';

export const run: RunCommand = async () => {
  throw new HomerunError('unbuilt', 'add-service is not built yet');
};
