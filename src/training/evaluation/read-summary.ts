import { readFile } from 'node:fs/promises';
import { badInput, errorMessage, type AppError } from '../../common/index.js';
import { evaluationSummarySchema, type EvaluationSummary } from './summary.js';

/** What was not recorded from the beginning, and stands for it in folders that were written before. */
const ADDED_LATER: readonly (readonly [path: readonly string[], value: unknown])[] = [
  [['otherwise'], { labels: { precisionAt1: null, mapAtR: null }, ng: null }],
  [['provenance', 'evaluatedWith'], {}],
  [['provenance', 'config'], {}],
  [['provenance', 'task'], null],
  [['timing', 'evaluatedAt'], 'unknown'],
];

/**
 * Reads `summary_report.json`, also one from before some of its fields were recorded: a note names those.
 * @throws AppError `SUMMARY_UNREADABLE` (badInput) for one that misses more than that
 */
export async function readSummary(path: string): Promise<EvaluationSummary> {
  let summary: unknown;
  try {
    summary = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw unreadable(path, errorMessage(error));
  }
  const missing = fillIn(summary);
  const { data, error } = evaluationSummarySchema.safeParse(summary);
  if (error) {
    const problems = error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`);
    throw unreadable(path, problems.slice(0, 5).join('; '));
  }
  if (missing.length === 0) return data;
  const note = `Written before ${missing.join(', ')} was recorded; evaluate the run again to have it (polarline evaluate).`;
  return { ...data, notes: [...data.notes, note] };
}

/** @returns the names of what was missing */
function fillIn(summary: unknown): string[] {
  return ADDED_LATER.flatMap(([path, value]) => {
    const parents = path.slice(0, -1);
    const parent = parents.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), summary);
    const name = path.at(-1)!;
    if (!isObject(parent) || Object.hasOwn(parent, name)) return [];
    parent[name] = value;
    return [path.join('.')];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(path: string, got: string): AppError {
  return badInput(
    'SUMMARY_UNREADABLE',
    `${path}: expected the summary of an evaluation, got ${got}; evaluate the run again (polarline evaluate).`,
    { path },
  );
}
