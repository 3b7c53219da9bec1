/** Every check, one line each, in the order of the catalogue. */
import type { Check } from '../check.ts';
import { check as runNotExecutable } from './run-not-executable.ts';

export const checks: readonly Check[] = [runNotExecutable];

export const checksById: ReadonlyMap<string, Check> = new Map(checks.map((check) => [check.id, check]));
