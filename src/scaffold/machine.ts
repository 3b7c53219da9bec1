/** What init must know of the machine; collected by the command, handed in. */
import type { ProgramPlaces } from './session-scripts.ts';

export interface Mount {
  readonly path: string;
  /** `ext4`, `tmpfs`, `nfs4`, as the kernel names it. */
  readonly type: string;
  /** `MAJOR:MINOR` of the device. */
  readonly device: string;
}

export interface Machine {
  /** Bourne-like shells that are installed, absolute, the system's sh first. */
  readonly shells: readonly string[];
  readonly programs: ProgramPlaces;
  readonly mounts: readonly Mount[];
}

/** Reads /proc/self/mountinfo (proc(5)): octal escapes for blanks, later mounts lie over earlier ones. */
export function parseMountinfo(text: string): readonly Mount[] {
  const decode = (word: string): string =>
    word.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
  return text.split('\n').flatMap((line) => {
    const words = line.split(' ');
    const separator = words.indexOf('-');
    const [, , device, , path] = words;
    const type = words[separator + 1];
    if (separator < 5 || device === undefined || path === undefined || type === undefined) return [];
    return [{ path: decode(path), type, device }];
  });
}

/** The mount that a path lies on. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const inside = path === mount.path || path.startsWith(mount.path === '/' ? '/' : `${mount.path}/`);
    if (inside && (best === undefined || mount.path.length >= best.path.length)) best = mount;
  }
  return best;
}
