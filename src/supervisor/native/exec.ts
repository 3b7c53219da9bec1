/**
 * execve(2) out of Node, so that the process stays. What Node changed is put back: signal dispositions and mask, and
 * right before it the mark "close at exec" on inherited descriptors and the limit of open files.
 *
 * Everything is packed beforehand: once a small limit of memory is set, nothing may be allocated any more.
 */
import koffi from 'koffi';
import type { Inheritance } from './inherit.ts';
import { lastErrno, libcFunction } from './libc.ts';
import { openFilesLimit } from './limits.ts';
import { defaultSignal, ignoreSignal } from './signals.ts';
import { packString, packStrings } from './strings.ts';

const SIG_SETMASK = 2;
const F_SETFD = 2;
const SIGNALS = 64;
const RLIMIT_NOFILE = 7;
const ENOENT = 2;
const EACCES = 13;
const EPERM = 1;
const EISDIR = 21;

export interface Image {
  /** Paths to try one after another. */
  readonly paths: readonly string[];
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  /** A descriptor of ours to hand on under a number that is free in the caller's eyes. */
  readonly handOn: { readonly from: number; readonly to: number } | undefined;
  /** Soft limits by resource number; the value is made from the hard limit. */
  readonly limits: readonly { readonly resource: number; readonly soft: (hard: bigint) => bigint }[];
}

export interface ExecFailure {
  readonly what: 'getrlimit' | 'setrlimit' | 'exec';
  readonly errno: number;
}

/** Dispositions and mask of signals as the caller had them: Node's own SIGUSR1 starts its debugger. */
export function restoreSignals(inherited: Pick<Inheritance, 'blocked' | 'ignored'>): void {
  for (let signal = 1; signal <= SIGNALS; signal += 1) {
    if (inherited.ignored & (1n << BigInt(signal - 1))) ignoreSignal(signal);
    else defaultSignal(signal);
  }
  const mask = new BigUint64Array(16);
  mask[0] = inherited.blocked;
  libcFunction('int sigprocmask(int, void *, void *)')(SIG_SETMASK, mask, null);
}

/** Returns only when it failed; after that nothing but writing and `exitNow` is safe. */
export function execute(image: Image, inherited: Inheritance): ExecFailure {
  const setLimit = libcFunction('int setrlimit(int, void *)');
  const getLimit = libcFunction('int getrlimit(int, void *)');
  const execve = libcFunction('int execve(void *, void *, void *)');
  const fcntl = libcFunction('int fcntl(int, int, int)');
  const dup2 = libcFunction('int dup2(int, int)');

  const argv = packStrings(image.argv);
  const environment = packStrings(image.environment);
  const paths = image.paths.map(packString);
  const limits: { resource: number; pair: BigUint64Array }[] = [];
  const wanted = image.limits.some(({ resource }) => resource === RLIMIT_NOFILE)
    ? image.limits
    : [{ resource: RLIMIT_NOFILE, soft: () => inherited.openFiles }, ...image.limits];
  for (const { resource, soft } of wanted) {
    const pair = new BigUint64Array(16);
    if (getLimit(resource, pair) !== 0) return { what: 'getrlimit', errno: lastErrno() };
    pair[0] = soft(pair[1] as bigint);
    limits.push({ resource, pair });
  }

  for (const descriptor of inherited.descriptors) fcntl(descriptor, F_SETFD, 0);
  for (const descriptor of [0, 1, 2]) fcntl(descriptor, F_SETFD, 0);
  if (image.handOn !== undefined) {
    if (image.handOn.from === image.handOn.to) fcntl(image.handOn.from, F_SETFD, 0);
    else dup2(image.handOn.from, image.handOn.to);
  }

  // Each call once before memory may be short: what is made at the first call of a function is there then.
  koffi.errno(0);
  openFilesLimit();
  for (const { resource, pair } of limits) {
    if (setLimit(resource, pair) !== 0) return { what: 'setrlimit', errno: lastErrno() };
  }
  let kept = ENOENT;
  for (const path of paths) {
    execve(path, argv.table, environment.table);
    const errno = lastErrno();
    if (errno !== ENOENT) {
      kept = errno;
      if (errno !== EACCES && errno !== EPERM && errno !== EISDIR) break;
    }
  }
  return { what: 'exec', errno: kept };
}
