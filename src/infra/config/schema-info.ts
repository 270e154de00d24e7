import { z } from 'zod';

type Schema = z.core.$ZodType;
type Path = readonly PropertyKey[];

/** Takes off defaults, nullables and the like, down to the type that says what is valid. */
function unwrap(schema: Schema): Schema {
  for (let current = schema; ;) {
    const inner = unwrapOnce(current);
    if (inner === null) return current;
    current = inner;
  }
}

function unwrapOnce(schema: Schema): Schema | null {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly
  )
    return schema.def.innerType;
  if (schema instanceof z.ZodPipe) return schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in;
  return null;
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

export interface ConfigField {
  /** Dotted, e.g. `training.maxEpochs`. */
  readonly path: string;
  readonly kind: 'integer' | 'number' | 'boolean' | 'choice' | 'text' | 'other';
  /** Of a `choice`. */
  readonly options: readonly string[];
  /** Bounds of a number; `aboveMinimum` leaves the minimum itself out. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly aboveMinimum: boolean;
  readonly nullable: boolean;
  /** Undefined where a value is only wanted in some cases. */
  readonly defaultValue: unknown;
  /** In English, what it is for. */
  readonly description: string | null;
}

/** Every single value of a configuration with its bounds, default and explanation: what a form over it needs. */
export function configFields(root: z.ZodType): ConfigField[] {
  const defaults = root.parse({});
  return leafPaths(root).map((path) => {
    const keys = path.split('.');
    const own = ownSchemasAt(root, keys);
    const kinds = own.flatMap(alternatives);
    const number = kinds.find((schema) => schema instanceof z.ZodNumber);
    return {
      path,
      kind: kindOf(kinds),
      options: kinds.flatMap((schema) =>
        schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral ? optionsOf(schema) : [],
      ),
      minimum: (number && bounded(number.minValue)) ?? null,
      maximum: (number && bounded(number.maxValue)) ?? null,
      aboveMinimum: number !== undefined && isExclusive(number, 'greater_than'),
      nullable: isNullableAt(root, keys),
      defaultValue: keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], defaults),
      description: own.map(descriptionOf).find((text) => text !== undefined) ?? null,
    };
  });
}

function kindOf(schemas: readonly Schema[]): ConfigField['kind'] {
  const [first] = schemas;
  if (first instanceof z.ZodNumber) return first.format === 'safeint' ? 'integer' : 'number';
  if (first instanceof z.ZodBoolean) return 'boolean';
  if (first instanceof z.ZodEnum || first instanceof z.ZodLiteral) return 'choice';
  return first instanceof z.ZodString ? 'text' : 'other';
}

function optionsOf(schema: z.ZodEnum | z.ZodLiteral): string[] {
  return schema instanceof z.ZodEnum ? schema.options.map(String) : [...schema.values].map(String);
}

/** `.describe` may stand outside or inside of a default or nullable. */
function descriptionOf(schema: Schema): string | undefined {
  for (let current: Schema = schema; ;) {
    const { description } = z.globalRegistry.get(current) ?? {};
    if (description !== undefined) return description;
    const inner = unwrapOnce(current);
    if (inner === null) return undefined;
    current = inner;
  }
}

/** What `path` expects, in words: `32..1024`, `one of HOAM, HOAMV2`, `true or false`. */
export function describeExpected(root: Schema, path: Path): string {
  const words = schemasAt(root, path).map(describe);
  const nullable = isNullableAt(root, path);
  const unique = [...new Set(words)].join(' or ');
  return nullable && unique !== '' ? `${unique} or null` : unique;
}

/** The schemas at `path` with their defaults, nullables and descriptions still on. */
function ownSchemasAt(root: Schema, path: Path): Schema[] {
  const last = path.at(-1);
  if (last === undefined) return [root];
  return schemasAt(root, path.slice(0, -1)).flatMap((parent) => childrenOf(parent, last));
}

function isNullableAt(root: Schema, path: Path): boolean {
  return ownSchemasAt(root, path).some((schema) => {
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
