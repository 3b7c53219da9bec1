/** What collect gets handed in. */
import type { Layout } from '../../layout/layout.ts';
import type { Clock, Identity, Probe, RunProgram } from '../../system/ports.ts';

export interface World {
  readonly probe: Probe;
  readonly run: RunProgram;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly layout: Layout;
  readonly configured: boolean;
  /** The folder of the bundled runit programs. */
  readonly bundled: string;
}

/** A file system that does not answer a stat within this time is left alone, milliseconds. */
export const MOUNT_LIMIT = 2000;
/** A socket is given this long to accept, milliseconds. */
export const SOCKET_LIMIT = 1000;
/** As much of a script is read, bytes. A run script has some hundred. */
export const SCRIPT_LIMIT = 64 * 1024;
/** As many names of one directory are kept. */
export const NAME_LIMIT = 200;
