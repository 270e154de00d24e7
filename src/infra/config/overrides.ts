import { parse } from 'yaml';

import { badInput } from '../../common/index.js';

type Plain = Record<string, unknown>;

/**
 * Lays assignments such as `training.maxEpochs=30` over plain data and returns a copy; the input stays as
 * it is. The right side is read as YAML, so numbers, booleans, null and lists come as such.
 */
export function applyOverrides(raw: unknown, assignments: readonly string[]): unknown {
  return assignments.reduce<unknown>((current, assignment) => {
    const { path, value } = parseAssignment(assignment);
    return assign(current, path, value, assignment);
  }, raw ?? {});
}

/** Splits `a.b=c` into its path and its value. */
export function parseAssignment(assignment: string): { path: string[]; value: unknown } {
  const equals = assignment.indexOf('=');
  const path = assignment
    .slice(0, equals)
    .split('.')
    .map((part) => part.trim());
  if (equals < 1 || path.some((part) => part === '' || part === '__proto__'))
    throw badInput(
      'OVERRIDE_INVALID',
      `expected key.path=value, got ${JSON.stringify(assignment)}; write for example training.maxEpochs=30`,
    );
  try {
    return { path, value: parse(assignment.slice(equals + 1)) as unknown };
  } catch {
    throw badInput(
      'OVERRIDE_INVALID',
      `expected a YAML value after "=", got ${JSON.stringify(assignment)}; quote texts with special characters`,
    );
  }
}

function assign(target: unknown, path: readonly string[], value: unknown, assignment: string): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (target !== undefined && target !== null && (typeof target !== 'object' || Array.isArray(target)))
    throw badInput('OVERRIDE_INVALID', `expected a block of keys above "${key}", got a single value (${assignment})`);
  const block = (target ?? {}) as Plain;
  return { ...block, [key]: assign(block[key], rest, value, assignment) };
}
