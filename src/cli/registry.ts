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

export interface CommandGroup {
  /** A heading in --help and the manual page. */
  readonly title: string;
  readonly commands: readonly CommandSpec[];
}

export const groups: readonly CommandGroup[] = [
  { title: 'Setting up', commands: [init, addService, templates, uninstall, undo, demo] },
  { title: 'The supervisor, and what is wrong', commands: [up, down, doctor, explain] },
  { title: 'Seeing', commands: [status, logs, top] },
  { title: 'Services', commands: [...svWords, enable, disable, remove, rename, edit, env] },
  { title: 'Around it', commands: [notify, completion] },
];

export const commands: readonly CommandSpec[] = groups.flatMap((group) => group.commands);
