import { checks, checksById } from '../../doctor/checks/registry.ts';
import { checkToJson } from '../../doctor/json.ts';
import { formatExplanation, formatList } from '../../doctor/report.ts';
import { listWords } from '../../everyday/words.ts';
import { usageError } from '../../system/errors.ts';
import type { Context, RunCommand } from '../context.ts';
import { printJson } from '../json.ts';

/** Checks whose names have the most in common with a mistyped one. */
function similar(id: string): string[] {
  const words = new Set(id.split('-'));
  return checks
    .map((check) => ({ id: check.id, shared: check.id.split('-').filter((word) => words.has(word)).length }))
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared)
    .slice(0, 3)
    .map((each) => each.id);
}

/** All checks: as a table, or as one JSON document. */
export function listChecks(context: Context, json: boolean): void {
  if (json) printJson(context, { checks: checks.map(checkToJson) });
  else context.out(formatList(checks, context.columns, context.colours));
}

export const run: RunCommand = async (context, { words, options }) => {
  const [id] = words;
  if (id === undefined) {
    listChecks(context, options.json === true);
    return 0;
  }
  const check = checksById.get(id);
  if (check === undefined) {
    const near = similar(id);
    throw usageError(
      `explain: ${id}: there is no such check`,
      near.length > 0 ? `Did you mean ${listWords(near, 'or')}?` : 'homerun doctor --list shows all of them',
    );
  }
  if (options.json === true) printJson(context, checkToJson(check));
  else context.out(formatExplanation(check, context.columns, context.colours));
  return 0;
};
