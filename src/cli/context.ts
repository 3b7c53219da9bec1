/** What every command gets: the world, the terminal and the paths. Built once in main.ts; tests build their own. */
import type { LayoutPlaces } from '../layout/layout.ts';
import type { Clock, Files, Identity, RunProgram } from '../system/ports.ts';

export interface Colours {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

export interface Context {
  readonly files: Files;
  readonly run: RunProgram;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly places: LayoutPlaces;
  readonly cwd: string;
  /** The folder of this installation: bin/, runit/, templates/ and man/ are in it. */
  readonly installation: string;
  /** Both stdin and stdout are terminals (and CI is not set): questions may be asked. */
  readonly interactive: boolean;
  /** Width of the terminal on stdout in columns; where there is none $COLUMNS, or 80. */
  readonly columns: number;
  /** stdout is a terminal. */
  readonly terminal: boolean;
  readonly colours: Colours;
  out(text: string): void;
  err(text: string): void;
}

/** What commander parsed: positional words, and options by their long name in camelCase. */
export interface Arguments {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** A command's exit code: 0 done, 1 found or met a problem, 2 wrong usage (doctor: could not look). */
export type ExitCode = number;

export type RunCommand = (context: Context, args: Arguments) => Promise<ExitCode>;
