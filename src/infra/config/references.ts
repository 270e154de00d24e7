import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';

import { badInput } from '../../common/index.js';
import { environmentVariable } from './environment.js';

const REFERENCE = /\$\$\{|\$\{(file:)?([^}]*)\}/g;
const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

export interface ReferenceOptions {
  /** Relative `${file:…}` paths start here: the folder of the configuration file. */
  readonly folder: string;
  /** Where the text stands, for messages: `configs/database_configs.yaml:12`. */
  readonly location: string;
  readonly variable?: (name: string) => string | undefined;
}

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `${file:/path}` in one text; `$${` stands for a plain `${`.
 * A file's trailing line break is left out. Errors name the reference, never a value.
 */
export function resolveReference(text: string, options: ReferenceOptions): string {
  return text.replace(REFERENCE, (whole, file: string | undefined, body: string | undefined) => {
    if (whole === '$${') return '${';
    return file === undefined ? fromVariable(body ?? '', options) : fromFile(body ?? '', options);
  });
}

function fromVariable(body: string, { location, variable = environmentVariable }: ReferenceOptions): string {
  const match = NAME.exec(body);
  if (match === null)
    throw badInput(
      'CONFIG_REFERENCE_INVALID',
      `expected \${NAME}, \${NAME:-default} or \${file:/path}, got \${${body}} (${location}); write $\${ for a plain \${`,
    );
  const value = variable(match[1]!);
  if (value !== undefined && value !== '') return value;
  if (match[2] !== undefined) return match[2];
  throw badInput(
    'CONFIG_VARIABLE_MISSING',
    `expected the environment variable ${match[1]!} to be set, got none; set it, or write the value in a file and refer to it as \${file:/path} (${location})`,
    { variable: match[1] },
  );
}

function fromFile(path: string, { folder, location }: ReferenceOptions): string {
  const absolute = isAbsolute(path) ? path : resolve(folder, path);
  try {
    return readFileSync(absolute, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw badInput(
      'CONFIG_FILE_REFERENCE_UNREADABLE',
      `expected a readable file at ${absolute}, got ${code ?? 'an error'}; create it or correct \${file:${path}} (${location})`,
      { path: absolute },
    );
  }
}

/** Applies `resolveReference` to every text inside `value`. */
export function resolveReferences<T>(value: T, options: ReferenceOptions): T {
  return mapTexts(value, [], (text) => resolveReference(text, options)) as T;
}

/** A copy of plain data with every text replaced by `change(text, path)`. */
export function mapTexts(
  value: unknown,
  path: readonly PropertyKey[],
  change: (text: string, path: readonly PropertyKey[]) => string,
): unknown {
  if (typeof value === 'string') return change(value, path);
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, [...path, index], change));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, mapTexts(item, [...path, key], change)]),
    );
  return value;
}
