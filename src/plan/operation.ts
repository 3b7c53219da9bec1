/**
 * File operations as data. `init`, `add-service`, `uninstall` and doctor's fixes all make Plans; the preview, the
 * diff, roll-back when a step fails, and undo come out of src/plan alone.
 *
 * The operation that makes a service visible to runsvdir is the last one of its plan: a single rename or symlink.
 */
export type Operation =
  /** Makes a directory (parents too, with mode 0777 less umask). Fails on anything that is no directory. */
  | { readonly kind: 'mkdir'; readonly path: string; readonly mode?: number }
  /** Writes a whole file through a temporary one and a rename; keeps the owner, and the mode unless one is given. */
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly contents: string | Uint8Array;
      readonly mode?: number;
    }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  /** Removes a file, a link or an empty directory; with `recursive` a whole directory. What goes is kept in the journal. */
  | { readonly kind: 'remove'; readonly path: string; readonly recursive?: boolean };

export interface Plan {
  /** What it does, as a person would say it: `init`, `add the service newtest`. */
  readonly title: string;
  readonly operations: readonly Operation[];
}
