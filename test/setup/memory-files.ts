/** A disk in memory, as `Files`, from a literal: paths to contents, `null` for a directory, `{ link }` for a link. */
import { createFsFromVolume, Volume } from 'memfs';
import type { Files } from '../../src/system/ports.ts';

export type DiskLiteral = Readonly<
  Record<string, string | null | { link: string } | { run: string; mode: number }>
>;

export function memoryFiles(disk: DiskLiteral): Files {
  const volume = new Volume();
  const fs = createFsFromVolume(volume) as unknown as Files;
  // memfs counts an entry twice that a rename replaced, and then takes an empty directory for a full one.
  const rename = fs.renameSync.bind(fs);
  fs.renameSync = (from, to) => {
    // It follows a link that is to be renamed.
    if (fs.lstatSync(from).isSymbolicLink()) {
      const target = fs.readlinkSync(from);
      fs.unlinkSync(from);
      fs.symlinkSync(target, to);
      return;
    }
    if (fs.existsSync(from) && fs.existsSync(to) && fs.lstatSync(to).isFile()) fs.unlinkSync(to);
    rename(from, to);
  };
  for (const [path, what] of Object.entries(disk)) {
    const parent = path.slice(0, path.lastIndexOf('/')) || '/';
    fs.mkdirSync(parent, { recursive: true });
    if (what === null) fs.mkdirSync(path, { recursive: true });
    else if (typeof what === 'string') fs.writeFileSync(path, what, { mode: 0o644 });
    else if ('link' in what) fs.symlinkSync(what.link, path);
    else {
      fs.writeFileSync(path, what.run);
      fs.chmodSync(path, what.mode);
    }
  }
  return fs;
}

/** Everything below a path: `{ '/a/f': '0644 contents', '/a/l': '-> target', '/a/d': 'dir' }`. */
export function snapshot(files: Files, root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string): void => {
    const stat = files.lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
    if (stat.isSymbolicLink()) found[path] = `-> ${files.readlinkSync(path)}`;
    else if (stat.isDirectory()) {
      found[path] = 'dir';
      for (const name of files.readdirSync(path).sort()) walk(path === '/' ? `/${name}` : `${path}/${name}`);
    } else if (stat.isFile()) found[path] = `${mode} ${files.readFileSync(path, 'utf8')}`;
    else found[path] = 'other';
  };
  walk(root);
  return found;
}
