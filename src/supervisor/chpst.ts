/**
 * chpst and its other names: takes the steps of the plan one after another, then becomes the program.
 *
 * What the caller's process looked like (environment, descriptors, signals, limits) is what the launcher kept of it.
 */
import { closeSync, constants, opendirSync, openSync, readSync, statSync } from 'node:fs';
import {
  type ChpstPlan,
  type ChpstStep,
  changeEnvironment,
  EnvdirReader,
  executablePaths,
  parseAccount,
  parseChpst,
  parseIds,
  RESOURCES,
  softLimit,
} from './core/chpst-command.ts';
import { errorCode, fatalMessage, type SystemError, warningMessage } from './core/messages.ts';
import {
  addNice,
  changeDirectory,
  changeRootToHere,
  findGroup,
  findUser,
  newSession,
  setGid,
  setGroups,
  setUid,
} from './native/credentials.ts';
import { execute, restoreSignals } from './native/exec.ts';
import { exitNow } from './native/exit.ts';
import type { Inheritance } from './native/inherit.ts';
import { flock } from './native/lock.ts';
import { writeAll } from './native/output.ts';

const STREAMS = ['stdin', 'stdout', 'stderr'] as const;

/** Runs it and ends the process, one way or the other. `args` with one character a byte. */
export function chpst(calledAs: string, args: readonly string[], inherited: Inheritance): never {
  const plan = parseChpst(calledAs, args);
  if ('usage' in plan) {
    writeAll(2, plan.usage);
    return exitNow(100);
  }
  restoreSignals(inherited);
  return new Chpst(plan, inherited).run();
}

class Chpst {
  private readonly plan: ChpstPlan;
  private readonly inherited: Inheritance;
  /** Changes of the environment, in their order. */
  private readonly changes: string[] = [];
  /** Descriptors that are open in C's eyes: Node's own are not among them. */
  private readonly open: Set<number>;
  private lock: { from: number; to: number } | undefined;
  private limits: Extract<ChpstStep, { step: 'limits' }>['limits'] = [];

  constructor(plan: ChpstPlan, inherited: Inheritance) {
    this.plan = plan;
    this.inherited = inherited;
    this.open = new Set([0, 1, 2, ...inherited.descriptors]);
  }

  run(): never {
    for (const step of this.plan.steps) this.take(step);
    const { environment } = this.inherited;
    const failure = execute(
      {
        paths: executablePaths(this.plan.file, environment),
        argv: this.plan.argv,
        environment: changeEnvironment(environment, this.changes),
        handOn: this.lock,
        limits: this.limits.map(([resource, value]) => ({
          resource: RESOURCES[resource],
          soft: (hard) => softLimit(value, hard),
        })),
      },
      this.inherited,
    );
    if (failure.what !== 'exec') return this.fatal(`unable to ${failure.what}()`, failure.errno);
    if (this.plan.quiet) return exitNow(0);
    return this.fatal(`unable to run: ${this.plan.argv[0]}`, failure.errno);
  }

  private fatal(what: string, error?: SystemError): never {
    writeAll(2, `${fatalMessage('chpst', what, error)}\n`);
    return exitNow(111);
  }

  /** Ends it if there is an errno. */
  private must(errno: number, what: string): void {
    if (errno !== 0) this.fatal(what, errno);
  }

  private take(step: ChpstStep): void {
    switch (step.step) {
      case 'session':
        newSession();
        break;
      case 'envdir':
        this.readDirectory(step.directory, step.skipsFolders);
        break;
      case 'root':
        this.must(changeDirectory(step.directory), `unable to change directory: ${step.directory}`);
        this.must(changeRootToHere(), 'unable to change root directory');
        break;
      case 'nice':
        this.must(addNice(step.increment), 'unable to set nice level');
        break;
      case 'envuidgid': {
        const { uid, gids } = this.ids(step.account, step.groups);
        this.changes.push(`GID=${gids[0]}`, `UID=${uid}`);
        break;
      }
      case 'setuidgid': {
        const { uid, gids } = this.ids(step.account, step.groups);
        this.must(setGroups(gids), 'unable to setgroups');
        this.must(setGid(gids[0] as number), 'unable to setgid');
        this.must(setUid(uid), 'unable to setuid');
        break;
      }
      case 'lock':
        this.takeLock(step.file, step.waits, step.quiet);
        break;
      case 'close':
        this.close(step.descriptor);
        break;
      case 'limits':
        // Set at the very end, since Node could not live with some of them.
        this.limits = step.limits;
        break;
    }
  }

  private close(descriptor: 0 | 1 | 2): void {
    try {
      closeSync(descriptor);
    } catch (error) {
      this.fatal(`unable to close ${STREAMS[descriptor]}`, errorCode(error));
    }
    this.open.delete(descriptor);
  }

  private ids(account: string, groups: boolean): { uid: number; gids: number[] } {
    if (groups && account.startsWith(':')) {
      return parseIds(account.slice(1)) ?? this.fatal(`invalid uid/gids: ${account.slice(1)}`);
    }
    const unknown = groups ? `unknown user/group: ${account}` : `unknown account: ${account}`;
    const noEntry = groups ? 'unable to get password/group file entry' : 'unable to get password file entry';
    const found = <T>(result: T | undefined | { errno: number }): T => {
      if (result === undefined) return this.fatal(unknown);
      if (typeof result === 'object' && result !== null && 'errno' in result) {
        return this.fatal(noEntry, result.errno);
      }
      return result as T;
    };
    const parsed = groups ? parseAccount(account) : { user: account };
    const user = found(findUser(parsed.user));
    const gids = parsed.groups?.map((name) => found(findGroup(name)).gid) ?? [user.gid];
    return { uid: user.uid, gids };
  }

  private takeLock(file: string, waits: boolean, quiet: boolean): void {
    const path = Buffer.from(file, 'latin1');
    const { O_WRONLY, O_NONBLOCK, O_APPEND, O_CREAT } = constants;
    let descriptor = -1;
    try {
      descriptor = openSync(path, O_WRONLY | O_NONBLOCK | O_APPEND | O_CREAT, 0o600);
    } catch (error) {
      if (quiet) exitNow(0);
      this.fatal(`unable to open lock: ${file}`, errorCode(error));
    }
    const errno = flock(descriptor, waits);
    if (errno !== 0) {
      if (quiet) exitNow(0);
      this.fatal(`unable to lock: ${file}`, errno);
    }
    let to = 0;
    while (this.open.has(to)) to += 1;
    this.open.add(to);
    this.lock = { from: descriptor, to };
  }

  /** The changes that the files of a directory make, in the directory's own order. */
  private readDirectory(directory: string, skipsFolders: boolean): void {
    try {
      closeSync(openSync('.', constants.O_RDONLY | constants.O_NONBLOCK));
    } catch (error) {
      this.fatal('unable to open current working directory', errorCode(error));
    }
    const bytes = (path: string) => Buffer.from(path, 'latin1');
    try {
      if (directory === '') throw Object.assign(new Error(), { code: 'ENOENT' });
      statSync(bytes(`${directory}/.`));
    } catch (error) {
      this.fatal(`unable to switch to directory: ${directory}`, errorCode(error));
    }
    const names: string[] = [];
    try {
      // Node's types do not know of names as bytes here.
      const folder = opendirSync(bytes(directory) as unknown as string, {
        encoding: 'latin1' as BufferEncoding,
      });
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) names.push(entry.name);
      folder.closeSync();
    } catch (error) {
      this.fatal(`unable to open directory: ${directory}`, errorCode(error));
    }
    const reader = new EnvdirReader();
    for (const name of names) {
      if (name.startsWith('.')) continue;
      const content = readFile(bytes(`${directory}/${name}`));
      if (typeof content === 'string' || content === undefined) {
        this.changes.push(reader.read(name, content));
        continue;
      }
      const what = `unable to read ${directory}/${name}`;
      if (content.error !== 'EISDIR' || !skipsFolders) this.fatal(what, content.error);
      reader.clear();
      if (this.plan.verbose) writeAll(2, `${warningMessage('chpst', what, content.error)}\n`);
    }
  }
}

/** A file's bytes, undefined when there is none, or the error. A FIFO that no one writes to is empty. */
function readFile(path: Buffer): string | undefined | { error: string } {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' ? undefined : { error: code };
  }
  const parts: Buffer[] = [];
  try {
    for (;;) {
      const part = Buffer.alloc(65536);
      const count = readSync(descriptor, part, 0, part.length, null);
      if (count === 0) break;
      parts.push(part.subarray(0, count));
    }
  } catch (error) {
    return { error: errorCode(error) };
  } finally {
    closeSync(descriptor);
  }
  return Buffer.concat(parts).toString('latin1');
}
