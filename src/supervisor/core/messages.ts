/**
 * runit's words for system errors: the djb texts, which differ from libc's ("access denied" is EACCES,
 * "permission denied" is EPERM). Numbers are those of Linux on all of its common machines.
 */
const ERRORS: readonly (readonly [name: string, number: number, text: string])[] = [
  ['EPERM', 1, 'permission denied'],
  ['ENOENT', 2, 'file does not exist'],
  ['ESRCH', 3, 'no such process'],
  ['EINTR', 4, 'interrupted system call'],
  ['EIO', 5, 'input/output error'],
  ['ENXIO', 6, 'device not configured'],
  ['E2BIG', 7, 'argument list too long'],
  ['ENOEXEC', 8, 'exec format error'],
  ['EBADF', 9, 'file descriptor not open'],
  ['ECHILD', 10, 'no child processes'],
  ['EAGAIN', 11, 'temporary failure'],
  ['EWOULDBLOCK', 11, 'temporary failure'],
  ['ENOMEM', 12, 'out of memory'],
  ['EACCES', 13, 'access denied'],
  ['EFAULT', 14, 'bad address'],
  ['ENOTBLK', 15, 'not a block device'],
  ['EBUSY', 16, 'device busy'],
  ['EEXIST', 17, 'file already exists'],
  ['EXDEV', 18, 'cross-device link'],
  ['ENODEV', 19, 'device does not support operation'],
  ['ENOTDIR', 20, 'not a directory'],
  ['EISDIR', 21, 'is a directory'],
  ['EINVAL', 22, 'invalid argument'],
  ['ENFILE', 23, 'system cannot open more files'],
  ['EMFILE', 24, 'process cannot open more files'],
  ['ENOTTY', 25, 'not a tty'],
  ['ETXTBSY', 26, 'text busy'],
  ['EFBIG', 27, 'file too big'],
  ['ENOSPC', 28, 'out of disk space'],
  ['ESPIPE', 29, 'unseekable descriptor'],
  ['EROFS', 30, 'read-only file system'],
  ['EMLINK', 31, 'too many links'],
  ['EPIPE', 32, 'broken pipe'],
  ['EDOM', 33, 'input out of range'],
  ['ERANGE', 34, 'output out of range'],
  ['EDEADLK', 35, 'operation would cause deadlock'],
  ['ENAMETOOLONG', 36, 'file name too long'],
  ['ENOLCK', 37, 'no locks available'],
  ['ENOSYS', 38, 'system call not available'],
  ['ENOTEMPTY', 39, 'directory not empty'],
  ['ELOOP', 40, 'symbolic link loop'],
  ['ENOMSG', 42, 'no message of desired type'],
  ['EIDRM', 43, 'identifier removed'],
  ['ENOSTR', 60, 'not a stream device'],
  ['ETIME', 62, 'timer expired'],
  ['ENOSR', 63, 'out of stream resources'],
  ['ENONET', 64, 'machine not on network'],
  ['EREMOTE', 66, 'too many levels of remote in path'],
  ['ENOLINK', 67, 'link severed'],
  ['EADV', 68, 'advertise error'],
  ['ECOMM', 70, 'communication error'],
  ['EPROTO', 71, 'protocol error'],
  ['EMULTIHOP', 72, 'multihop attempted'],
  ['EBADMSG', 74, 'bad message type'],
  ['EUSERS', 87, 'too many users'],
  ['ENOTSOCK', 88, 'not a socket'],
  ['EDESTADDRREQ', 89, 'destination address required'],
  ['EMSGSIZE', 90, 'message too long'],
  ['EPROTOTYPE', 91, 'incorrect protocol type'],
  ['ENOPROTOOPT', 92, 'protocol not available'],
  ['EPROTONOSUPPORT', 93, 'protocol not supported'],
  ['ESOCKTNOSUPPORT', 94, 'socket type not supported'],
  ['EOPNOTSUPP', 95, 'operation not supported'],
  ['ENOTSUP', 95, 'operation not supported'],
  ['EPFNOSUPPORT', 96, 'protocol family not supported'],
  ['EAFNOSUPPORT', 97, 'address family not supported'],
  ['EADDRINUSE', 98, 'address already used'],
  ['EADDRNOTAVAIL', 99, 'address not available'],
  ['ENETDOWN', 100, 'network down'],
  ['ENETUNREACH', 101, 'network unreachable'],
  ['ENETRESET', 102, 'network reset'],
  ['ECONNABORTED', 103, 'connection aborted'],
  ['ECONNRESET', 104, 'connection reset'],
  ['ENOBUFS', 105, 'out of buffer space'],
  ['EISCONN', 106, 'already connected'],
  ['ENOTCONN', 107, 'not connected'],
  ['ESHUTDOWN', 108, 'socket shut down'],
  ['ETOOMANYREFS', 109, 'too many references'],
  ['ETIMEDOUT', 110, 'timed out'],
  ['ECONNREFUSED', 111, 'connection refused'],
  ['EHOSTDOWN', 112, 'host down'],
  ['EHOSTUNREACH', 113, 'host unreachable'],
  ['EALREADY', 114, 'operation already in progress'],
  ['EINPROGRESS', 115, 'operation in progress'],
  ['ESTALE', 116, 'stale NFS file handle'],
  ['EDQUOT', 122, 'disk quota exceeded'],
];

/** A system error by its name ("ENOENT", as Node's errors carry it in `code`) or by its number. */
export type SystemError = string | number;

/** runit's words for a system error; "unknown error" for one that runit does not know either. */
export function errorText(error: SystemError): string {
  if (error === 0) return 'no error';
  const found = ERRORS.find(([name, number]) => name === error || number === error);
  return found?.[2] ?? 'unknown error';
}

/** "ENOENT" for 2. Undefined for a number that runit has no words for. */
export function errorName(number: number): string | undefined {
  return ERRORS.find(([, candidate]) => candidate === number)?.[0];
}

/** The `code` of an error that Node threw, for `errorText`; "" when it is no system error. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** `PROGRAM: fatal: WHAT: ERROR`, without the newline. `who` is "runsv NAME", "runsvdir DIR", "svlogd", "chpst". */
export function fatalMessage(who: string, what: string, error?: SystemError): string {
  return error === undefined ? `${who}: fatal: ${what}` : `${who}: fatal: ${what}: ${errorText(error)}`;
}

/** `PROGRAM: warning: WHAT: ERROR`, without the newline. */
export function warningMessage(who: string, what: string, error?: SystemError): string {
  return error === undefined ? `${who}: warning: ${what}` : `${who}: warning: ${what}: ${errorText(error)}`;
}
