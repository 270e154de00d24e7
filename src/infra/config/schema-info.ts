import { z } from 'zod';

type Schema = z.core.$ZodType;
type Path = readonly PropertyKey[];

/** Takes off defaults, nullables and the like, down to the type that says what is valid. */
function unwrap(schema: Schema): Schema {
  let current = schema;
  for (;;) {
    if (
      current instanceof z.ZodDefault ||
      current instanceof z.ZodPrefault ||
      current instanceof z.ZodOptional ||
      current instanceof z.ZodNullable ||
      current instanceof z.ZodReadonly
    )
      current = current.def.innerType;
    else if (current instanceof z.ZodPipe)
      current = current.def.in instanceof z.ZodTransform ? current.def.out : current.def.in;
    else return current;
  }
}

/** The schemas that may stand at `path`; several below a union. */
function schemasAt(root: Schema, path: Path): Schema[] {
  let candidates = [root];
  for (const key of path) {
    candidates = candidates.flatMap((candidate) => alternatives(candidate).flatMap((one) => childrenOf(one, key)));
  }
  return candidates.flatMap(alternatives);
}

function alternatives(schema: Schema): Schema[] {
  const inner = unwrap(schema);
  return inner instanceof z.ZodUnion ? inner.def.options.flatMap((option) => alternatives(option)) : [inner];
}

function childrenOf(schema: Schema, key: PropertyKey): Schema[] {
  if (schema instanceof z.ZodObject) {
    const child = shapeOf(schema)[key];
    return child === undefined ? [] : [child];
  }
  if (schema instanceof z.ZodArray) return [schema.def.element];
  if (schema instanceof z.ZodRecord) return [schema.def.valueType];
  return [];
}

function shapeOf(schema: z.ZodObject): Record<PropertyKey, Schema> {
  return schema.def.shape;
}

/** The keys that an object at `path` may have; empty where any key is allowed. */
export function validKeysAt(root: Schema, path: Path): string[] {
  const keys = schemasAt(root, path).flatMap((schema) =>
    schema instanceof z.ZodObject ? Object.keys(schema.def.shape) : [],
  );
  return [...new Set(keys)];
}

/** Every dotted path of single values, e.g. `training.maxEpochs`; lists and maps end a path. */
export function leafPaths(root: Schema, prefix: readonly string[] = []): string[] {
  const found = alternatives(root).flatMap((schema) =>
    schema instanceof z.ZodObject
      ? Object.entries(shapeOf(schema)).flatMap(([key, child]) => leafPaths(child, [...prefix, key]))
      : [prefix.join('.')],
  );
  return [...new Set(found)];
}

/** What `path` expects, in words: `32..1024`, `one of HOAM, HOAMV2`, `true or false`. */
export function describeExpected(root: Schema, path: Path): string {
  const words = schemasAt(root, path).map(describe);
  const nullable = isNullableAt(root, path);
  const unique = [...new Set(words)].join(' or ');
  return nullable && unique !== '' ? `${unique} or null` : unique;
}

function isNullableAt(root: Schema, path: Path): boolean {
  const parents = path.length === 0 ? [root] : schemasAt(root, path.slice(0, -1));
  const last = path.at(-1);
  const own = last === undefined ? parents : parents.flatMap((parent) => childrenOf(parent, last));
  return own.some((schema) => {
    let current: Schema = schema;
    for (;;) {
      if (current instanceof z.ZodNullable) return true;
      if (
        current instanceof z.ZodDefault ||
        current instanceof z.ZodPrefault ||
        current instanceof z.ZodOptional ||
        current instanceof z.ZodReadonly
      )
        current = current.def.innerType;
      else return false;
    }
  });
}

function describe(schema: Schema): string {
  if (schema instanceof z.ZodNumber) return describeNumber(schema);
  if (schema instanceof z.ZodEnum) return `one of ${schema.options.join(', ')}`;
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String).join(' or ');
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodString) return 'text';
  if (schema instanceof z.ZodArray) return 'a list';
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord) return 'a block of keys';
  return schema._zod.def.type;
}

function describeNumber(schema: z.ZodNumber): string {
  const kind = schema.format === 'safeint' ? 'a whole number' : 'a number';
  const low = bounded(schema.minValue);
  const high = bounded(schema.maxValue);
  const above = isExclusive(schema, 'greater_than') ? 'above' : 'of at least';
  const below = isExclusive(schema, 'less_than') ? 'below' : 'up to';
  if (low !== undefined && high !== undefined && above === 'of at least' && below === 'up to') return `${low}..${high}`;
  return [kind, low === undefined ? '' : `${above} ${low}`, high === undefined ? '' : `${below} ${high}`]
    .filter((part) => part !== '')
    .join(' ');
}

function isExclusive(schema: z.ZodNumber, check: string): boolean {
  return (schema.def.checks ?? []).some((one) => {
    const def = one._zod.def as { check: string; inclusive?: boolean };
    return def.check === check && def.inclusive === false;
  });
}

/** Zod notes the safe-integer range as bounds of every integer; those say nothing to a reader. */
function bounded(value: number | null): number | undefined {
  return value === null || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
}
