/**
 * What this process was given by its caller and must hand on to what it starts, although a shell and Node stood in
 * between: the environment byte for byte, further descriptors, ignored and blocked signals, the limit of open files.
 * The launcher (runit/launch.sh) keeps it and tells by HOMERUN_INHERIT="BLOCKED IGNORED NOFILE[:KEEPER[:PIPE]] CALLED-AS".
 */
import { accessSync, closeSync, constants, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { environmentVariable } from './arguments.ts';
import { openFilesLimit } from './limits.ts';
import { processFields } from './process-fields.ts';
import { defaultSignal, ignoreSignal } from './signals.ts';
import { sendSignal, waitFor } from './wait.ts';

const VARIABLE = 'HOMERUN_INHERIT';
const O_CLOEXEC = 0o2000000;
const SIGKILL = 9;
const SIGUSR1 = 10;

export interface Inheritance {
  /** Blocked signals as a mask, lowest bit is signal 1. */
  readonly blocked: bigint;
  /** Ignored signals as a mask. */
  readonly ignored: bigint;
  /** Soft limit of open files. */
  readonly openFiles: bigint;
  /** The launcher's path as it was called, one character a byte; "" when there was no launcher. */
  readonly calledAs: string;
  /** The entries of the environment as they came, in their order, without the launcher's own; one character a byte. */
  readonly environment: readonly string[];
  /** Descriptors above 2 that were open and not to be closed at exec. */
  readonly descriptors: readonly number[];
}

let known: Inheritance | undefined;

/**
 * Reads it once; the first call must come before anything sets `process.title` or opens descriptors for long. From then
 * on SIGUSR1 is to this process what it was to its caller: Node's own handler opens a debugger, which runs what any
 * user of the machine gives it.
 */
export function inheritance(): Inheritance {
  if (known === undefined) {
    known = read();
    if ((known.ignored & (1n << BigInt(SIGUSR1 - 1))) !== 0n) ignoreSignal(SIGUSR1);
    else defaultSignal(SIGUSR1);
  }
  return known;
}

function read(): Inheritance {
  const [blocked = '0', ignored = '0', limits = '', ...rest] = (environmentVariable(VARIABLE) ?? '').split(
    ' ',
  );
  const [soft = '', keeper = '', pipe] = limits.split(':');
  const kept = /^\d+$/.test(keeper)
    ? readKeeper(Number(keeper), pipe === undefined ? undefined : Number(pipe))
    : undefined;
  return {
    blocked: mask(blocked),
    ignored: mask(ignored),
    openFiles: soft === 'unlimited' ? 2n ** 64n - 1n : /^\d+$/.test(soft) ? BigInt(soft) : openFilesLimit(),
    calledAs: rest.join(' '),
    environment: kept?.environment ?? entries(readFileSync('/proc/self/environ', 'latin1')),
    descriptors: kept?.descriptors ?? [],
  };
}

function mask(text: string): bigint {
  return /^[0-9a-f]+$/.test(text) ? BigInt(`0x${text}`) : 0n;
}

/** The entries of an environ file, without the launcher's own. */
function entries(environ: string): string[] {
  const found = environ.split('\0');
  if (found.at(-1) === '') found.pop();
  return found.filter((entry) => !entry.startsWith(`${VARIABLE}=`));
}

/**
 * Reads what the launcher's copy shows, then ends it. Undefined when it is not there any more.
 * @param pipe the descriptor whose end the copy waits for; without one it stops
 */
function readKeeper(
  pid: number,
  pipe: number | undefined,
): Pick<Inheritance, 'environment' | 'descriptors'> | undefined {
  try {
    if (pipe === undefined) waitUntilStopped(pid);
    const waitsFor = pipe === undefined ? undefined : readlinkSync(`/proc/self/fd/${pipe}`);
    const environment = entries(readFileSync(`/proc/${pid}/environ`, 'latin1'));
    const descriptors = readdirSync(`/proc/${pid}/fd`)
      .map(Number)
      .filter((fd) => {
        const target = fd > 2 ? targetOf(pid, fd) : undefined;
        return target !== undefined && target !== waitsFor && !closesAtExec(pid, fd);
      })
      .sort((a, b) => a - b);
    const isThere = stateOf(pid) !== 'Z';
    if (pipe !== undefined) closeSync(pipe);
    return isThere ? { environment, descriptors } : undefined;
  } catch {
    return undefined;
  } finally {
    sendSignal(pid, SIGKILL);
    waitFor(pid);
  }
}

/** Where a descriptor leads; undefined once it is closed. */
function targetOf(pid: number, fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return undefined;
  }
}

function stateOf(pid: number): string | undefined {
  return processFields(pid)[0];
}

function closesAtExec(pid: number, fd: number): boolean {
  const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'));
  return flags !== null && (Number.parseInt(flags[1] as string, 8) & O_CLOEXEC) !== 0;
}

/** Until then it may have a file open that it only reads its own pid from. */
function waitUntilStopped(pid: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 2000; tries++) {
    const state = stateOf(pid);
    if (state === 'T' || state === 'Z') return;
    Atomics.wait(pause, 0, 0, 1);
  }
}

/**
 * The name under which the program was called, as argv[0] of a C program: the bare name when the launcher was found
 * through PATH, else the path.
 */
export function calledAs(fallback: string): string {
  const path = inheritance().calledAs;
  if (path === '') return fallback;
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const home = slash === -1 ? '.' : path.slice(0, slash) || '/';
  for (const folder of (environmentVariable('PATH') ?? '').split(':')) {
    try {
      accessSync(Buffer.from(`${folder || '.'}/${name}`, 'latin1'), constants.X_OK);
    } catch {
      continue;
    }
    return folder === home ? name : path;
  }
  return path;
}
