/**
 * What went wrong, why, and what to do: the one error type of homerun's own commands.
 *
 * Printed as `homerun: SUBJECT: WHY` and, on the next line, the hint.
 */
export class HomerunError extends Error {
  /** Stable word for programs and tests, as `name-taken`. */
  readonly code: string;
  /** What to do about it: one sentence, or a command to paste. */
  readonly hint: string | undefined;
  /** 1: found or met a problem; 2: wrong usage. */
  readonly exitCode: 1 | 2;

  constructor(
    code: string,
    message: string,
    options: { hint?: string; exitCode?: 1 | 2; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HomerunError';
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** Told by its name: the entry and the other commands are built apart, each with this class of its own. */
export function isHomerunError(error: unknown): error is HomerunError {
  return error instanceof Error && error.name === 'HomerunError';
}

/** Wrong usage: exit code 2. */
export function usageError(message: string, hint?: string): HomerunError {
  return new HomerunError('usage', message, { exitCode: 2, ...(hint === undefined ? {} : { hint }) });
}

/** A system call's error code (`ENOENT`), or undefined for any other error. */
export function errnoCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
