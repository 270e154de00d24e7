import { badInput, nearest } from '../common/index.js';
import { ORIENTATIONS, type Orientation } from '../dataset/index.js';
import type { SymmetryOrder } from './rotation-group.js';

/** What a person says of one class. */
export type Answer =
  | { readonly kind: 'skip' }
  | { readonly kind: 'orientation'; readonly orientation: Orientation; readonly symmetry: SymmetryOrder };

/** Answers by class folder name. */
export type Answers = ReadonlyMap<string, Answer>;

export interface ValidateAnswersOptions {
  /** What a class without an answer means: an error, a skip, or nothing yet (a draft). Default `error`. */
  readonly missing?: 'error' | 'skip' | 'draft';
}

const SKIP = 'skip';
const EXPECTED = `${ORIENTATIONS.join(', ')} or ${SKIP}`;

/**
 * Checks answers from outside against the classes of the task: `{"<class folder>": "Up" | … | "skip"}`, or
 * `{"orientation": "Up", "symmetry": 2}` for a part that looks the same after half a turn.
 * Throws AppError (badInput, `ANSWERS_INVALID`) that names every unknown class, missing class and bad value,
 * with the nearest right name; `details` carries the same as lists.
 */
export function validateAnswers(
  classFolders: readonly string[],
  answers: unknown,
  { missing = 'error' }: ValidateAnswersOptions = {},
): Answers {
  if (typeof answers !== 'object' || answers === null || Array.isArray(answers)) {
    throw badInput(
      'ANSWERS_INVALID',
      `answers: expected an object of class name to ${EXPECTED}, got ${describe(answers)}`,
    );
  }
  const given = new Map(Object.entries(answers));
  const known = new Set(classFolders);
  const unknownClasses = [...given.keys()].filter((name) => !known.has(name)).sort();
  const missingClasses = classFolders.filter((name) => !given.has(name)).sort();
  const parsed = new Map<string, Answer>();
  const badValues: { class: string; got: string }[] = [];
  for (const [name, value] of given) {
    if (!known.has(name)) continue;
    const answer = parseAnswer(value);
    if (answer === null) badValues.push({ class: name, got: describe(value) });
    else parsed.set(name, answer);
  }
  const problems = [
    ...unknownClasses.map((name) => `unknown class "${name}"${hint(name, missingClasses, classFolders)}`),
    ...badValues.map(({ class: name, got }) => `class "${name}": expected ${EXPECTED}, got ${got}`),
    ...(missing === 'error' ? missingClasses.map((name) => `class "${name}" has no answer`) : []),
  ];
  if (problems.length > 0) {
    throw badInput('ANSWERS_INVALID', `answers: expected ${EXPECTED} for each class; ${summarize(problems)}`, {
      unknownClasses,
      missingClasses: missing === 'error' ? missingClasses : [],
      badValues,
    });
  }
  if (missing === 'skip') for (const name of missingClasses) parsed.set(name, { kind: 'skip' });
  return parsed;
}

/** Answers as plain JSON, the way `validateAnswers` reads them. */
export function answersToJson(answers: Answers): Record<string, unknown> {
  const json: [string, unknown][] = [...answers].map(([name, answer]) => {
    if (answer.kind === 'skip') return [name, SKIP];
    const { orientation, symmetry } = answer;
    return [name, symmetry === 1 ? orientation : { orientation, symmetry }];
  });
  return Object.fromEntries(json.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parseAnswer(value: unknown): Answer | null {
  if (typeof value === 'string') {
    if (value.toLowerCase() === SKIP) return { kind: 'skip' };
    const orientation = ORIENTATIONS.find((name) => name.toLowerCase() === value.toLowerCase());
    return orientation === undefined ? null : { kind: 'orientation', orientation, symmetry: 1 };
  }
  if (typeof value !== 'object' || value === null) return null;
  const { orientation, symmetry = 1, ...others } = value as Record<string, unknown>;
  const answer = typeof orientation === 'string' ? parseAnswer(orientation) : null;
  if (answer === null || Object.keys(others).length > 0) return null;
  if (answer.kind === 'skip') return answer;
  return symmetry === 1 || symmetry === 2 || symmetry === 4 ? { ...answer, symmetry } : null;
}

function hint(name: string, missing: readonly string[], all: readonly string[]): string {
  const near = nearest(name, missing) ?? nearest(name, all);
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}

function summarize(problems: readonly string[]): string {
  const shown = problems.slice(0, 20).join('; ');
  return problems.length > 20 ? `${shown}; and ${problems.length - 20} more` : shown;
}

function describe(value: unknown): string {
  const text = value === undefined ? 'undefined' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
