/**
 * The Probe for real. Access times: regular files are opened with O_NOATIME where the kernel allows it (own files);
 * directories are listed through getdents64 on such a descriptor, since Node's readdir can't. Links are only
 * followed or read as every lookup of a path does it.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { dirname } from 'node:path';
import { lastErrno, libcFunction } from '../../supervisor/native/libc.ts';
import { errnoCode } from '../errors.ts';
import type { Failed, FileKind, Inode, Probe } from '../ports.ts';

const { O_RDONLY, O_WRONLY, O_NONBLOCK, O_NOFOLLOW, O_DIRECTORY, O_NOATIME } = fs.constants;
const PROC_LIMIT = 1024 * 1024;
const LINUX_ENOENT = 2;

function failed(error: unknown): Failed {
  return { error: errnoCode(error) ?? 'EIO' };
}

function kindOf(stats: fs.BigIntStats): FileKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  return 'device';
}

function inode(stats: fs.BigIntStats): Inode {
  return {
    kind: kindOf(stats),
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: Number(stats.size),
    mtime: Number(stats.mtimeMs),
    id: `${stats.dev}:${stats.ino}`,
  };
}

/** Opens without leaving an access time; the kernel refuses that (EPERM) for files of others. */
function openQuietly(path: string, flags: number): number {
  try {
    return fs.openSync(path, flags | O_NOATIME);
  } catch (error) {
    if (errnoCode(error) !== 'EPERM') throw error;
    return fs.openSync(path, flags);
  }
}

/** These the kernel gives in one piece, so that a short read is the end of them. */
const AT_ONCE = /\/(stat|status|cmdline|environ|limits|wchan)$/;
const PAGE = 4096;

/** Directories are listed by the thousand (each process's descriptors): a new buffer for each took most of the time. */
const listBuffer = Buffer.alloc(64 * 1024);

let getdents: ReturnType<typeof libcFunction> | undefined;

/** The names in an open directory, from the kernel's records: inode 8 bytes, offset 8, length 2, type 1, name. */
function namesOf(fd: number): string[] {
  getdents ??= libcFunction('long getdents64(int fd, _Out_ uint8_t *buffer, size_t size)');
  const buffer = listBuffer;
  const names: string[] = [];
  for (;;) {
    const length = Number(getdents(fd, buffer, buffer.length));
    if (length < 0) {
      const error = new Error('getdents64') as NodeJS.ErrnoException;
      error.code = lastErrno() === LINUX_ENOENT ? 'ENOENT' : 'EIO';
      throw error;
    }
    if (length === 0) return names;
    for (let at = 0; at < length; ) {
      const size = buffer.readUInt16LE(at + 16);
      const end = buffer.indexOf(0, at + 19);
      const name = buffer.toString('utf8', at + 19, end);
      if (name !== '.' && name !== '..') names.push(name);
      at += size;
    }
  }
}

function list(path: string, limit: number): ReturnType<Probe['list']> {
  let fd: number | undefined;
  try {
    if (path.startsWith('/proc/')) {
      // Access times mean nothing there.
      const names = fs.readdirSync(path).sort();
      return { names: names.slice(0, limit), count: names.length };
    }
    fd = openQuietly(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    const names = namesOf(fd);
    const count = names.length;
    names.sort();
    return { names: names.slice(0, limit), count };
  } catch (error) {
    return failed(error);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function read(path: string, limit: number): ReturnType<Probe['read']> {
  let fd: number | undefined;
  try {
    // A FIFO must not even be opened: for that moment its writer would see a reader.
    if (!fs.statSync(path).isFile()) return { error: 'EINVAL' };
    fd = openQuietly(path, O_RDONLY | O_NONBLOCK);
    const stats = fs.fstatSync(fd);
    if (!stats.isFile()) return { error: 'EINVAL' };
    const from = limit < 0 ? Math.max(0, stats.size + limit) : 0;
    const buffer = Buffer.alloc(Math.min(Math.abs(limit), Math.max(stats.size - from, 0)));
    let length = 0;
    while (length < buffer.length) {
      const got = fs.readSync(fd, buffer, length, buffer.length - length, from + length);
      if (got === 0) break;
      length += got;
    }
    return { bytes: buffer.subarray(0, length), size: stats.size };
  } catch (error) {
    return failed(error);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

const procBuffer = Buffer.alloc(PROC_LIMIT);

function proc(path: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = fs.openSync(path, O_RDONLY | O_NONBLOCK);
    const atOnce = AT_ONCE.test(path);
    let length = 0;
    while (length < PROC_LIMIT) {
      const got = fs.readSync(fd, procBuffer, length, PROC_LIMIT - length, null);
      length += got;
      if (got === 0 || (atOnce && got < PAGE)) break;
    }
    return procBuffer.toString('utf8', 0, length);
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function reader(path: string): string {
  try {
    if (!fs.lstatSync(path).isFIFO()) return 'EINVAL';
    fs.closeSync(fs.openSync(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW));
    return 'ok';
  } catch (error) {
    return failed(error).error;
  }
}

function answers(mountPoint: string, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Not waited for when it hangs: a process in a dead NFS mount can't even be killed.
    const child = spawn('stat', ['-f', '--', mountPoint], { stdio: 'ignore', detached: true });
    child.unref();
    const timer = setTimeout(() => {
      // Its end may have come while this process was kept from running: that is read before the immediate.
      setImmediate(() => {
        child.kill('SIGKILL');
        resolve(false);
      });
    }, milliseconds);
    child.on('exit', () => {
      clearTimeout(timer);
      resolve(true);
    });
    child.on('error', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

function connect(socket: string, milliseconds: number): Promise<string> {
  return new Promise((resolve) => {
    const connection = net.connect({ path: socket });
    const done = (word: string): void => {
      clearTimeout(timer);
      connection.destroy();
      resolve(word);
    };
    // Where this process was kept from running for so long the answer is there by now: it is read before the immediate.
    const timer = setTimeout(() => setImmediate(() => done('TIMEOUT')), milliseconds);
    connection.on('connect', () => done('ok'));
    connection.on('error', (error) => done(failed(error).error));
  });
}

/** From /etc/passwd and /etc/group: what getgrouplist(3) reads on a machine of one's own. */
function groupsOf(user: string, uid: number): readonly number[] | undefined {
  try {
    const account = fs
      .readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find((fields) => fields[0] === user && Number(fields[2]) === uid);
    if (account === undefined) return undefined;
    const groups = fs
      .readFileSync('/etc/group', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter((fields) => (fields[3] ?? '').split(',').includes(user))
      .map((fields) => Number(fields[2]));
    return [...new Set([Number(account[3]), ...groups])].sort((a, b) => a - b);
  } catch {
    return undefined;
  }
}

export const probe: Probe = {
  lstat: (path) => {
    try {
      // Much of what is looked for is not there, and an exception costs more than all the rest. Without one ENOTDIR
      // (a file where a directory is looked for) cannot be told from ENOENT: then it is asked again.
      const stats = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
      if (stats !== undefined) return inode(stats);
      const parent = fs.statSync(dirname(path), { throwIfNoEntry: false });
      return { error: parent === undefined || parent.isDirectory() ? 'ENOENT' : 'ENOTDIR' };
    } catch (error) {
      return failed(error);
    }
  },
  stat: (path) => {
    try {
      return inode(fs.statSync(path, { bigint: true }));
    } catch (error) {
      return failed(error);
    }
  },
  readlink: (path) => {
    try {
      return { target: fs.readlinkSync(path) };
    } catch (error) {
      return failed(error);
    }
  },
  list,
  read,
  proc,
  access: (path, mode) => {
    try {
      fs.accessSync(path, mode);
      return 'ok';
    } catch (error) {
      return failed(error).error;
    }
  },
  reader,
  room: (path) => {
    try {
      const stats = fs.statfsSync(path);
      return {
        free: stats.bavail * stats.bsize,
        total: stats.blocks * stats.bsize,
        inodesFree: stats.ffree,
        inodes: stats.files,
      };
    } catch (error) {
      return failed(error);
    }
  },
  answers,
  connect,
  groupsOf,
};
