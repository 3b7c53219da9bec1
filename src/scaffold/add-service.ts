/**
 * A new service as a Plan: the whole directory is built under a hidden name beside its place, renamed, and linked
 * into the service directory last, so that runsvdir never sees half of it.
 */
import { join } from 'node:path';
import { type Layout, logFolder } from '../layout/layout.ts';
import type { Operation, Plan } from '../plan/operation.ts';
import type { Files } from '../system/ports.ts';
import type { RenderedFile } from './render.ts';

/** Why a word can be no name of a service, or undefined. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'the name is empty';
  if (name.startsWith('.')) return 'it begins with a dot, and runsvdir passes over such names';
  if (name.includes('/')) return 'it holds a slash';
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'it holds a control character';
  if (/\s/u.test(name)) return 'it holds white space';
  if (new TextEncoder().encode(name).length > 255) return 'it is longer than 255 bytes';
  return undefined;
}

function lookedAt(files: Files, path: string): 'nothing' | 'link' | 'there' {
  try {
    return files.lstatSync(path).isSymbolicLink() ? 'link' : 'there';
  } catch {
    return 'nothing';
  }
}

/** Where a name is taken already, or undefined. */
export function takenBy(files: Files, layout: Layout, name: string): string | undefined {
  return [layout.serviceAll, layout.serviceDir]
    .map((folder) => join(folder, name))
    .find((path) => lookedAt(files, path) !== 'nothing');
}

/** The name itself, or the first of NAME-2, NAME-3 ... that is free: what a wizard proposes. */
export function freeName(files: Files, layout: Layout, name: string): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (takenBy(files, layout, candidate) === undefined) return candidate;
  }
}

export interface NewService {
  readonly name: string;
  readonly files: readonly RenderedFile[];
  /** Variables for ./env. */
  readonly environment: readonly (readonly [string, string])[];
  /** With a `down` file: not started until it is told to. */
  readonly down: boolean;
  /** Linked into the service directory. */
  readonly enable: boolean;
  /** An absolute directory to make for svlogd, readable by its owner only; null where log/run makes ./main, or no log. */
  readonly logFolder: string | null;
}

/** Where svlogd is to write, as log/run says it: `./main`, or absolute. */
export function logTarget(layout: Layout, name: string): string {
  return layout.logs === 'inside' ? './main' : logFolder(layout, name);
}

/** What a variable's file holds; an empty value is an empty first line (an empty file would unset it). */
function variableFile(value: string): string {
  return `${value}\n`;
}

/**
 * The plan. `staged` builds it under a hidden name and renames (for applying); without it every file has its final
 * path (for showing). `mark` makes the hidden name one of its own.
 */
export function planService(
  service: NewService,
  layout: Layout,
  staged: { readonly mark: string } | null,
): Plan {
  const final = join(layout.serviceAll, service.name);
  const folder = staged === null ? final : join(layout.serviceAll, `.homerun-new-${staged.mark}`);
  const operations: Operation[] = [{ kind: 'mkdir', path: folder }];
  const made = new Set<string>(['.']);
  const put = (path: string, contents: string, mode: number, folderMode?: number) => {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => {
      const parent = parts.slice(0, index + 1).join('/');
      if (made.has(parent)) return;
      made.add(parent);
      operations.push({
        kind: 'mkdir',
        path: join(folder, parent),
        ...(folderMode === undefined ? {} : { mode: folderMode }),
      });
    });
    operations.push({ kind: 'write', path: join(folder, path), contents, mode });
  };
  for (const file of service.files) put(file.path, file.contents, file.executable ? 0o755 : 0o644);
  // Values may be passwords.
  for (const [name, value] of service.environment) put(`env/${name}`, variableFile(value), 0o600, 0o700);
  if (service.down) put('down', '', 0o644);
  if (service.logFolder !== null) {
    operations.push({ kind: 'mkdir', path: join(service.logFolder, '..') });
    operations.push({ kind: 'mkdir', path: service.logFolder, mode: 0o700 });
  }
  if (staged !== null) operations.push({ kind: 'rename', from: folder, to: final });
  if (service.enable && layout.serviceDir !== layout.serviceAll) {
    operations.push({ kind: 'mkdir', path: layout.serviceDir });
    operations.push({ kind: 'symlink', path: join(layout.serviceDir, service.name), target: final });
  }
  return { title: `add the service ${service.name}`, operations };
}
