/** Every command of homerun, in the order of --help. */

import { addService } from './commands/add-service.ts';
import { completion } from './commands/completion.ts';
import { demo } from './commands/demo.ts';
import { disable } from './commands/disable.ts';
import { doctor } from './commands/doctor.ts';
import { down } from './commands/down.ts';
import { edit } from './commands/edit.ts';
import { enable } from './commands/enable.ts';
import { env } from './commands/env.ts';
import { explain } from './commands/explain.ts';
import { init } from './commands/init.ts';
import { logs } from './commands/logs.ts';
import { notify } from './commands/notify.ts';
import { remove } from './commands/remove.ts';
import { rename } from './commands/rename.ts';
import { status } from './commands/status.ts';
import { svWords } from './commands/sv-words.ts';
import { templates } from './commands/templates.ts';
import { top } from './commands/top.ts';
import { undo } from './commands/undo.ts';
import { uninstall } from './commands/uninstall.ts';
import { up } from './commands/up.ts';
import type { CommandSpec } from './spec.ts';

export const commands: readonly CommandSpec[] = [
  init,
  addService,
  templates,
  uninstall,
  undo,
  demo,
  up,
  down,
  doctor,
  explain,
  status,
  logs,
  top,
  ...svWords,
  enable,
  disable,
  remove,
  rename,
  edit,
  env,
  notify,
  completion,
];
