import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';

import { badInput, nearest } from '../../common/index.js';
import { applyOverrides, parseAssignment } from './overrides.js';
import { mapTexts, resolveReference } from './references.js';
import { describeExpected, validKeysAt } from './schema-info.js';

type Path = readonly PropertyKey[];

export interface LoadOptions {
  /** Assignments such as `training.maxEpochs=30`, laid over the file before it is checked. */
  readonly overrides?: readonly string[];
  /** `keep` leaves `${…}` as it is, for files whose secrets are wanted one at a time. Default `resolve`. */
  readonly references?: 'resolve' | 'keep';
}

export interface ValidateOptions {
  /** Where the data came from, for messages: `configs/configs.yaml`, `request body`. */
  readonly source: string;
  /** The place of one value, e.g. `configs/configs.yaml:7`; default is `source`. */
  readonly locate?: (path: Path) => string;
}

/**
 * Reads one YAML or JSON file, resolves `${ENV}` and `${file:…}`, checks it against `schema` and returns a
 * deeply frozen result. Throws one badInput that lists every problem as
 * `data.imageSizePx: expected 32..1024, got 20 (configs/train_configs.yaml:7)`.
 */
export function loadYamlConfig<S extends z.ZodType>(path: string, schema: S, options: LoadOptions = {}): z.output<S> {
  const absolute = resolve(path);
  const file = parseFile(absolute, shortPath(absolute));
  const overrides = options.overrides ?? [];
  const overridden = overrides.map((assignment) => parseAssignment(assignment).path);
  const locate = (at: Path): string => {
    const index = overridden.findLastIndex((own) => own.every((key, i) => i >= at.length || at[i] === key));
    return index >= 0 && overridden[index]!.length <= at.length ? `--set ${overrides[index]!}` : file.locate(at);
  };
  const laid = applyOverrides(file.value, overrides);
  const raw =
    options.references === 'keep'
      ? laid
      : mapTexts(laid, [], (text, at) => resolveReference(text, { folder: dirname(absolute), location: locate(at) }));
  return validateConfig(schema, raw, { source: shortPath(absolute), locate });
}

/** Checks plain data against `schema`; same messages and freezing as `loadYamlConfig`. */
export function validateConfig<S extends z.ZodType>(schema: S, raw: unknown, options: ValidateOptions): z.output<S> {
  const result = schema.safeParse(raw ?? {});
  if (result.success) return deepFreeze(result.data);
  const locate = options.locate ?? (() => options.source);
  const problems = result.error.issues.flatMap((issue) => explain(issue, schema, raw, locate));
  throw badInput('CONFIG_INVALID', problems.join('\n'), { source: options.source, problems });
}

function explain(issue: z.core.$ZodIssue, schema: z.ZodType, raw: unknown, locate: (path: Path) => string): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(key, issue.path, schema, locate([...issue.path, key])));
  // A union reports each branch; the schema at the path says the same in one line.
  const { path } = issue;
  const place = locate(path);
  if (issue.code === 'custom') return [`${dotted(path)}: ${issue.message} (${place})`];
  const expected = describeExpected(schema, path) || issue.message;
  const got = valueAt(raw, path);
  const isList = Array.isArray(got) && (issue.code === 'too_small' || issue.code === 'too_big');
  const detail = isList || (typeof got === 'string' && expected === 'text') ? ` (${issue.message})` : '';
  return [`${dotted(path)}: expected ${expected}, got ${show(got)}${detail} (${place})`];
}

function unknownKey(key: string, parent: Path, schema: z.ZodType, place: string): string {
  const valid = validKeysAt(schema, parent);
  const near = nearest(key, valid);
  const advice = near === undefined ? `valid keys: ${valid.join(', ')}` : `did you mean ${dotted([...parent, near])}?`;
  return `${dotted([...parent, key])}: unknown key; ${advice} (${place})`;
}

function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], raw);
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

const dotted = (path: Path): string => (path.length === 0 ? 'the file' : path.map(String).join('.'));

/** Relative to the working folder where that is shorter to read. */
function shortPath(absolute: string): string {
  const short = relative(process.cwd(), absolute);
  return short !== '' && !short.startsWith('..') ? short.replaceAll('\\', '/') : absolute;
}

interface ParsedFile {
  readonly value: unknown;
  locate(path: Path): string;
}

function parseFile(absolute: string, label: string): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(readText(absolute, label), { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw badInput(
      'CONFIG_SYNTAX',
      `${label}:${line}:${col}: expected YAML or JSON, got: ${problem.message.split('\n')[0]!}`,
      { source: label, line, column: col },
    );
  }
  const value = document.toJS({ maxAliasCount: 100 }) as unknown;
  if (value !== null && (typeof value !== 'object' || Array.isArray(value)))
    throw badInput('CONFIG_SYNTAX', `${label}:1: expected a block of keys, got ${show(value)}`, { source: label });
  return { value, locate: (path) => locateIn(document, lines, path, label) };
}

/** The line of the deepest part of `path` that the file has. */
function locateIn(document: Document, lines: LineCounter, path: Path, label: string): string {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range != null) {
      const { line } = lines.linePos(node.range[0]);
      return `${label}:${line}`;
    }
  }
  return `${label}:1`;
}

function readText(absolute: string, label: string): string {
  try {
    return readFileSync(absolute, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw badInput(
      'CONFIG_UNREADABLE',
      `expected a configuration file at ${label}, got ${code === 'ENOENT' ? 'no such file' : (code ?? 'an error')}; create it or name another`,
      { path: absolute },
    );
  }
}

/** Freezes plain data at every depth and returns it. */
export function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}
