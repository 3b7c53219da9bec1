/** A service's ./run, started here for some seconds as runsv starts it: what it says, and how it ended. */
import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { errorText } from '../../doctor/words.ts';

/** Between TERM and KILL, milliseconds. */
const GRACE = 3000;
/** What a run wrote in its last moment comes after its end, milliseconds. */
const LAST_WORDS = 100;

export interface TrialOptions {
  /** The service's directory. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** undefined: this process's own. */
  readonly umask: number | undefined;
  /** A run that is there after so long has proved itself, seconds. */
  readonly seconds: number;
  /** Ends the trial before its time; its reason is the signal. */
  readonly abort: AbortSignal;
  /** Milliseconds, never set back. */
  readonly monotonic: () => number;
  /** A line of its stdout or stderr. */
  readonly line: (text: string) => void;
}

export interface Ending {
  /**
   * `survived`: it was there after `seconds`, and was ended then; `interrupted`: it was ended before; `failed`: there
   * was nothing to start.
   */
  readonly kind: 'ended' | 'survived' | 'interrupted' | 'failed';
  /** In words: `exit code 127`, `killed by SIGSEGV`, `file does not exist`. */
  readonly how: string;
  readonly seconds: number;
}

/** Cuts a stream into lines, whatever the pieces in which it comes. */
function lines(show: (text: string) => void): { add(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let begun = '';
  return {
    add: (chunk) => {
      const whole = (begun + decoder.write(chunk)).split('\n');
      begun = whole.pop() as string;
      whole.forEach(show);
    },
    end: () => {
      const rest = begun + decoder.end();
      begun = '';
      if (rest !== '') show(rest);
    },
  };
}

/** In a session of its own, and with nothing on its standard input; all that it started is ended with it. */
export function runTrial(options: TrialOptions): Promise<Ending> {
  const { dir, env, umask, seconds, abort, monotonic, line } = options;
  return new Promise((resolve) => {
    const began = monotonic();
    let kind: Ending['kind'] = 'ended';
    const before = umask === undefined ? undefined : process.umask(umask);
    const child = spawn('./run', [], { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    if (before !== undefined) process.umask(before);
    const streams = [child.stdout, child.stderr].map((stream) => {
      const cut = lines(line);
      stream.on('data', cut.add);
      return { stream, cut };
    });
    /** False when nothing of it is left. */
    const end = (signal: NodeJS.Signals | 0): boolean => {
      try {
        return child.pid !== undefined && process.kill(-child.pid, signal);
      } catch {
        return false;
      }
    };
    let hard: NodeJS.Timeout | undefined;
    const stop = (why: Ending['kind']): void => {
      kind = why;
      end('SIGTERM');
      hard ??= setTimeout(() => end('SIGKILL'), GRACE);
    };
    const proof = setTimeout(() => stop('survived'), seconds * 1000);
    const interrupt = (): void => stop('interrupted');
    if (abort.aborted) interrupt();
    else abort.addEventListener('abort', interrupt);
    const done = (how: string): void => {
      clearTimeout(proof);
      clearTimeout(hard);
      abort.removeEventListener('abort', interrupt);
      for (const { stream, cut } of streams) {
        cut.end();
        stream.destroy();
      }
      resolve({ kind, how, seconds: (monotonic() - began) / 1000 });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      kind = 'failed';
      done(errorText(error.code ?? ''));
    });
    // Not `close`: something in the background may keep the pipes open.
    child.on('exit', (code, signal) => {
      clearTimeout(proof);
      const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
      const over = monotonic() + GRACE;
      const leave = (): void => {
        if (!end(0)) done(how);
        else {
          if (monotonic() > over) end('SIGKILL');
          setTimeout(leave, LAST_WORDS);
        }
      };
      setTimeout(() => {
        end('SIGTERM');
        leave();
      }, LAST_WORDS);
    });
  });
}
