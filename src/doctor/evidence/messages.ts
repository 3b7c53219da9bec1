/**
 * What the runit programs and the shells say when something breaks, as data: every form of message with the checks
 * that it speaks for. A message is evidence, never a finding by itself: the readproctitle ring keeps a text for days.
 */

/** A message found in the ring, in a log or in the session's error output. */
export interface Message {
  readonly program: 'runsvdir' | 'runsv' | 'svlogd' | 'chpst' | 'shell' | 'env';
  /** The whole line, without the dots in front and the newline behind it. */
  readonly line: string;
  /** runsv: the link's name when that runsv was started. runsvdir: the directory it was given. */
  readonly name: string | null;
  /** The file, directory or program that the message names. */
  readonly path: string | null;
  /** The djb error text behind the last colon (`file does not exist`). */
  readonly error: string | null;
  /** Identifiers of the checks that can say more. */
  readonly checks: readonly string[];
}

interface Form {
  readonly program: Message['program'];
  /** Named groups: name, path, error. */
  readonly pattern: RegExp;
  readonly checks: readonly string[];
}

const NAME = '(?<name>.+?)';
const ERROR = '(?<error>[^:]+)';

/** `runsv NAME: LEVEL: TEXT` */
function runsv(text: string, ...checks: string[]): Form {
  return { program: 'runsv', pattern: new RegExp(`^runsv ${NAME}: (?:fatal|warning): ${text}$`), checks };
}

function runsvdir(text: string, ...checks: string[]): Form {
  return {
    program: 'runsvdir',
    pattern: new RegExp(`^runsvdir ${NAME}: (?:fatal|warning): ${text}$`),
    checks,
  };
}

function svlogd(text: string, ...checks: string[]): Form {
  return { program: 'svlogd', pattern: new RegExp(`^svlogd: (?:fatal|warning|pausing): ${text}$`), checks };
}

function chpst(text: string, ...checks: string[]): Form {
  return { program: 'chpst', pattern: new RegExp(`^chpst: ${text}$`), checks };
}

/** The first form that matches counts: special ones stand before general ones. */
const FORMS: readonly Form[] = [
  runsvdir('unable to start runsv (?<path>.+): too many services\\.', 'too-many-services'),
  runsvdir(`unable to start runsv (?<path>.+): ${ERROR}`, 'runner-path-lacks-runsv'),
  runsvdir(`unable to fork for (?<path>.+): ${ERROR}`, 'nproc-limit'),
  runsvdir(
    `unable to stat (?<path>/.+): ${ERROR}`,
    'service-gui-missing',
    'runsvdir-wrong-directory',
    'placeholder-username',
    'runner-relative-dir',
  ),
  runsvdir(
    `unable to stat (?<path>.+): ${ERROR}`,
    'symlink-dangling',
    'symlink-loop',
    'service-dir-unsearchable',
  ),
  runsvdir(`unable to open directory (?<path>.+): ${ERROR}`, 'service-gui-unreadable', 'nofile-limit'),
  runsvdir(`unable to read directory (?<path>.+): ${ERROR}`, 'service-gui-unreadable'),
  runsvdir(`unable to change directory to (?<path>.+): ${ERROR}`, 'service-gui-unreadable'),
  runsvdir(`unable to change directory, pausing: ${ERROR}`, 'service-gui-missing'),
  runsvdir(
    'log must have at least seven characters\\.',
    'runner-short-log',
    'runner-log-two-words',
    'runner-args-order',
  ),
  runsvdir('log service disabled\\.', 'runner-short-log', 'runner-log-two-words', 'runner-args-order'),
  runsvdir('unable to create pipe for log\\.', 'nofile-limit'),
  runsvdir('time warp: resetting time stamp\\.', 'clock-set-back'),
  runsvdir('failed to open\\./\\.forced-rescan@.*', 'rescan-needed'),
  runsvdir('failed to write.*', 'disk-full-home'),

  runsv(`unable to create (?:selfpipe|log pipe): ${ERROR}`, 'nofile-limit'),
  runsv(`unable to change to directory: ${ERROR}`, 'service-dir-unsearchable'),
  runsv(
    'unable to open (?<path>(?:log/)?supervise/lock): (?<error>access denied)',
    'supervise-not-owned',
    'supervise-files-not-owned',
    'runsvdir-as-root',
  ),
  runsv(
    'unable to open (?<path>(?:log/)?supervise/lock): (?<error>file does not exist)',
    'service-dir-unwritable',
    'supervise-symlink-broken',
    'supervise-removed-live',
  ),
  runsv('unable to open (?<path>(?:log/)?supervise/lock): (?<error>not a directory)', 'supervise-is-file'),
  runsv('unable to open (?<path>(?:log/)?supervise/lock): (?<error>read-only file system)', 'read-only-fs'),
  runsv(
    'unable to lock (?<path>(?:log/)?supervise/lock): (?<error>temporary failure)',
    'lock-held-by-other-runsv',
    'two-runsvdirs',
    'orphan-runsv',
    'supervise-shared',
  ),
  runsv('unable to lock (?<path>(?:log/)?supervise/lock): (?<error>no locks available)', 'fs-without-locks'),
  runsv('unable to change directory to \\./log: (?<error>.+)', 'log-removed-while-running'),
  runsv(`unable to stat (?<path>(?:log/)?supervise/control): ${ERROR}`, 'fs-without-fifos'),
  runsv('(?<path>(?:log/)?supervise/control) exists but is not a fifo', 'control-not-fifo'),
  runsv(
    `unable to (?:open|read) (?<path>(?:log/)?supervise/(?:control|ok|lock)): ${ERROR}`,
    'supervise-files-not-owned',
    'nofile-limit',
  ),
  runsv(
    'unable to start (?<path>(?:\\.|log/\\.)/run): (?<error>access denied)',
    'run-not-executable',
    'log-run-not-executable',
    'run-is-directory',
    'run-bad-interpreter',
    'run-owned-by-other',
    'fs-noexec',
  ),
  runsv(
    'unable to start (?<path>(?:\\.|log/\\.)/run): (?<error>file does not exist)',
    'run-missing',
    'log-run-missing',
    'run-symlink-dangling',
    'run-bad-interpreter',
    'run-crlf',
  ),
  runsv(
    'unable to start (?<path>(?:\\.|log/\\.)/run): (?<error>exec format error)',
    'run-no-shebang',
    'run-empty',
    'run-junk-before-shebang',
    'run-wrong-architecture',
  ),
  runsv(`unable to start (?<path>\\./finish): ${ERROR}`, 'finish-not-executable'),
  runsv(`unable to start (?<path>.+): ${ERROR}`, 'run-symlink-dangling', 'nproc-limit'),
  runsv(`unable to run (?<path>control/\\?): ${ERROR}`, 'control-script-swallows'),
  runsv(`unable to stat\\(\\) (?<path>\\./log): : ${ERROR}`, 'log-symlink-dangling'),
  runsv('(?<path>\\./log): (?<error>not a directory)\\.', 'log-is-file'),
  runsv(
    `unable to open (?<path>(?:log/)?supervise/(?:pid|stat|status)\\.new): ${ERROR}`,
    'supervise-removed-live',
    'supervise-unwritable',
    'read-only-fs',
    'inodes-full',
    'log-removed-while-running',
  ),
  runsv('unable to write (?<path>(?:log/)?supervise/status\\.new): (?<error>.+)', 'disk-full-home'),
  runsv(
    `unable to rename (?:pid|stat|status)\\.new to (?<path>(?:log/)?supervise/\\w+): ${ERROR}`,
    'supervise-files-not-owned',
  ),
  runsv(`unable to fork, sleeping: ${ERROR}`, 'nproc-limit'),
  runsv(`unable to fork for (?<path>control/.): ${ERROR}`, 'nproc-limit'),
  runsv(`unable to stat (?<path>control/.): ${ERROR}`, 'control-script-swallows'),
  runsv(`(?:unable|could not) .*: ${ERROR}`),

  { program: 'svlogd', pattern: /^usage: svlogd .*$/, checks: ['log-svlogd-usage'] },
  {
    program: 'svlogd',
    pattern: /^svlogd: (?:illegal option|option requires an argument) -- .*$/,
    checks: ['log-svlogd-usage'],
  },
  svlogd(
    'no functional log directories\\.',
    'log-dir-missing',
    'log-dir-unwritable',
    'log-dir-is-file',
    'log-dir-locked',
  ),
  svlogd(`unable to open log directory: (?<path>.+): ${ERROR}`, 'log-dir-missing', 'log-dir-unwritable'),
  svlogd(`unable to change directory: (?<path>.+): ${ERROR}`, 'log-dir-is-file', 'log-dir-unwritable'),
  svlogd(
    'unable to lock directory: (?<path>.+): (?<error>temporary failure)',
    'log-dir-locked',
    'orphan-daemon',
    'log-run-no-exec',
  ),
  svlogd(`unable to lock directory: (?<path>.+): ${ERROR}`, 'log-dir-unwritable', 'fs-without-locks'),
  svlogd(`unable to read config: (?<path>.+): ${ERROR}`, 'log-config-unreadable'),
  svlogd('processor failed, restart: (?<path>.+)', 'log-processor-fails'),
  svlogd('out of disk space, delete: (?<path>.+)', 'disk-full-logs'),
  svlogd('unable to scan (?:ip address|port number): .*', 'log-config-bad'),
  svlogd(`unable to write to current: (?<path>.+): ${ERROR}`, 'disk-full-logs'),
  svlogd(
    `unable to (?:open|rename|create new|fsync|set mode of) current(?: logfile)?: (?<path>.+): ${ERROR}`,
    'log-dir-unwritable',
    'disk-full-logs',
  ),
  svlogd(`unable to change to initial working directory: ${ERROR}`, 'log-removed-while-running'),
  svlogd(`unable to .*: (?<path>[^:]+): ${ERROR}`, 'log-dir-unwritable'),

  { program: 'chpst', pattern: /^usage: chpst .*$/, checks: ['chpst-bad-usage'] },
  chpst('illegal option -- .*', 'chpst-bad-usage'),
  chpst(
    `fatal: unable to (?:setgroups|setgid|setuid|change root directory|set nice level): ${ERROR}`,
    'chpst-not-root',
  ),
  chpst('fatal: (?:unknown user/group|unknown account|invalid uid/gids): .*', 'chpst-not-root'),
  chpst(`fatal: unable to (?:switch to|open|read) directory: (?<path>.+): ${ERROR}`, 'chpst-env-dir'),
  chpst(`fatal: unable to read (?<path>.+): ${ERROR}`, 'chpst-env-dir'),
  chpst(`fatal: unable to (?:open )?lock: (?<path>.+): ${ERROR}`, 'chpst-lock-held'),
  chpst(`fatal: unable to run: (?<path>.+): ${ERROR}`, 'daemon-missing', 'daemon-not-executable'),
  chpst(`fatal: unable to .*: ${ERROR}`),

  {
    program: 'env',
    pattern: /^(?:\/usr\/bin\/)?env: .(?<path>.+?). ?: No such file or directory$/,
    checks: ['run-env-interpreter-missing', 'run-crlf'],
  },
  {
    program: 'shell',
    pattern: /^\/bin\/\S*sh: 0: cannot open (?<path>\.\/\S+): .*$/,
    checks: ['run-unreadable'],
  },
  {
    program: 'shell',
    pattern: /^(?:\S+: )?\.\/run[:[].*Syntax error: .*$/,
    checks: ['run-syntax-error', 'run-crlf', 'run-bashism'],
  },
  {
    program: 'shell',
    pattern:
      /^(?:\S+: )?\.\/run(?:: (?:line )?\d+|\[\d+\]): (?:exec: )?(?<path>.+?): (?:cannot execute|can't execute)?[:\s[]*Permission denied\]?$/,
    checks: ['daemon-not-executable'],
  },
  {
    program: 'shell',
    pattern:
      /^(?:\S+: )?\.\/run(?:: (?:line )?\d+|\[\d+\]): (?:source|\[\[|function|declare|local): not found$/,
    checks: ['run-bashism'],
  },
  {
    program: 'shell',
    pattern:
      /^(?:\S+: )?\.\/run(?:: (?:line )?\d+|\[\d+\]): (?:exec: )?(?<path>.+?): (?:inaccessible or )?(?:not found|No such file or directory)$/,
    checks: ['daemon-missing', 'daemon-bad-interpreter', 'run-cwd-relative'],
  },
  {
    program: 'shell',
    pattern:
      /^(?:\S+: )?\.\/run(?:: (?:line )?\d+|\[\d+\]): .*cannot create (?<path>.+?): Permission denied$/,
    checks: ['daemon-file-owned-by-other'],
  },
];

/** One line, if it is a message of a runit program or of a shell about `run`. */
export function parseMessage(text: string): Message | null {
  const line = text.replace(/^\.+(?=[A-Za-z]|\.\/)/, '').trimEnd();
  for (const form of FORMS) {
    const match = form.pattern.exec(line);
    if (match === null) continue;
    return {
      program: form.program,
      line,
      name: match.groups?.name ?? null,
      path: match.groups?.path ?? null,
      error: match.groups?.error ?? null,
      checks: form.checks,
    };
  }
  return null;
}

/**
 * The messages in the readproctitle text (what stands behind its first five bytes), oldest first. The oldest line may
 * be cut and is left out; dots that runsvdir writes every quarter of an hour are taken away.
 */
export function parseRing(text: string): Message[] {
  const lines = text.split('\n');
  return lines.slice(1).flatMap((line) => parseMessage(line) ?? []);
}
