import fc from 'fast-check';

type Json = Readonly<Record<string, unknown>>;

/** As much of an OpenAPI 3 document as requests are made from. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Json }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Json }>> };
}

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface FuzzResult {
  readonly requests: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly byRoute: Readonly<Record<string, number>>;
  /** Answers of 5xx, answers that are not of the one shape, and requests without an answer. */
  readonly failures: readonly { readonly request: FuzzRequest; readonly got: string }[];
}

export interface FuzzOptions {
  readonly url: string;
  readonly document: ApiDocument;
  readonly requests: number;
  readonly seed: number;
  /** Sent with most requests. */
  readonly key: string;
  /** Ids and names that exist, so that requests get further than the first check. */
  readonly known: readonly string[];
}

const ODD_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  'null',
  'undefined',
  '..',
  '%',
  '%00',
  '%ff',
  '\u0000',
  '\ud800',
  "'",
  '"',
  '{}',
  '[]',
];
const oddText = fc.oneof(
  fc.constantFrom(
    ...ODD_TEXTS,
    '😀',
    'ÿ'.repeat(300),
    'x'.repeat(5000),
    '../../etc/passwd',
    '__proto__',
    'constructor',
  ),
  fc.string(),
  fc.string({ unit: 'binary' }),
);

/** Requests after a document: valid in part, wrong in part, the same ones for the same seed. */
export function fuzzRequests({ document, requests, seed, key, known }: FuzzOptions): FuzzRequest[] {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestOf(path, method.toUpperCase(), operation, key, known)),
  );
  return fc.sample(fc.oneof(...operations), { numRuns: requests, seed });
}

function requestOf(
  template: string,
  method: string,
  operation: Operation,
  key: string,
  known: readonly string[],
): fc.Arbitrary<FuzzRequest> {
  const segment = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, fc.uuid(), oddText);
  const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const path = fc
    .tuple(...names.map(() => segment), fc.boolean())
    .map((values) =>
      names.reduce((text, name, i) => text.replace(`{${name}}`, () => encode(String(values[i]))), template),
    );
  const queries = (operation.parameters ?? []).filter((one) => one.in === 'query');
  const query = fc
    .array(
      fc.oneof(
        ...queries.map((one) => fc.tuple(fc.constant(one.name), fc.oneof(valueOf(one.schema ?? {}, 0), oddText))),
        fc.tuple(oddText, oddText),
      ),
      { maxLength: 4 },
    )
    .map((pairs) => pairs.map(([name, value]) => `${encode(String(name))}=${encode(plain(value))}`).join('&'));
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  const json = fc.oneof(valueOf(schema ?? {}, 0), fc.jsonValue()).map((value) => JSON.stringify(value) ?? 'null');
  const body =
    method === 'GET'
      ? fc.constant(null)
      : fc.oneof({ weight: 8, arbitrary: json }, oddText, fc.constant('{"a":'), fc.constant(null));
  const type = fc.constantFrom(
    'application/json',
    'application/json',
    'application/json; charset=latin1',
    'text/plain',
    'application/x-www-form-urlencoded',
  );
  const more = fc.dictionary(
    fc.constantFrom(
      'Idempotency-Key',
      'If-None-Match',
      'Range',
      'Last-Event-ID',
      'Accept-Language',
      'Accept',
      'X-Correlation-Id',
    ),
    fc.oneof(
      fc.constantFrom('bytes=0-1', 'bytes=9-1,5-', '*', '"x"', 'vi', '-1', '99999999999999999999', 'text/html'),
      fc.stringMatching(/^[!-~ ]{0,40}$/),
    ),
    { maxKeys: 2 },
  );
  const credentials = fc.oneof(
    { weight: 9, arbitrary: fc.constant(`Bearer ${key}`) },
    fc.constantFrom('Bearer plk_x', 'Basic eA==', ''),
  );
  return fc.record({ path, query, body, type, more, credentials }).map((made) => ({
    method,
    path: made.query === '' ? made.path : `${made.path}?${made.query}`,
    headers: {
      ...made.more,
      ...(made.credentials === '' ? {} : { Authorization: made.credentials }),
      ...(made.body === null ? {} : { 'Content-Type': made.type }),
    },
    body: made.body,
  }));
}

/** A value of the schema, or now and then something else. */
function valueOf(schema: Json, depth: number): fc.Arbitrary<unknown> {
  const fitting = fittingOf(schema, depth);
  return depth > 4 ? fitting : fc.oneof({ weight: 6, arbitrary: fitting }, oddText, fc.jsonValue({ maxDepth: 1 }));
}

function fittingOf(schema: Json, depth: number): fc.Arbitrary<unknown> {
  const {
    enum: choices,
    anyOf,
    oneOf,
    type,
    properties,
    items,
    minimum,
    maximum,
  } = schema as {
    enum?: unknown[];
    anyOf?: Json[];
    oneOf?: Json[];
    type?: string;
    properties?: Record<string, Json>;
    items?: Json;
    minimum?: number;
    maximum?: number;
  };
  if (choices?.length) return fc.constantFrom(...choices);
  const options = anyOf ?? oneOf;
  if (options?.length) return fc.oneof(...options.map((one) => fittingOf(one, depth + 1)));
  switch (type) {
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(properties ?? {}).map(([name, one]) => [name, valueOf(one, depth + 1)])),
        { requiredKeys: [] },
      );
    case 'array':
      return fc.array(valueOf(items ?? {}, depth + 1), { maxLength: 3 });
    case 'integer':
      return fc.oneof(
        fc.integer({
          min: Math.max(-(2 ** 31), minimum ?? -(2 ** 31)),
          max: Math.min(2 ** 31 - 1, maximum ?? 2 ** 31 - 1),
        }),
        fc.maxSafeInteger(),
      );
    case 'number':
      return fc.double({ noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'string':
      return fc.oneof(fc.constantFrom('HPH', 'V31', 'Up', 'admin', '2025-01-01', '/tmp', 'true'), oddText);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Half a surrogate pair cannot be written in an address; a program would send something else. */
function encode(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Sends all requests, several at a time, and says what was not as it should be. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const requests = fuzzRequests(options);
  const byStatus: Record<string, number> = {};
  const byRoute: Record<string, number> = {};
  const failures: { request: FuzzRequest; got: string }[] = [];
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let request = requests[next++]; request; request = requests[next++]) {
      const got = await send(options.url, request);
      byStatus[got.status] = (byStatus[got.status] ?? 0) + 1;
      const route = `${request.method} /${request.path.split(/[/?]/)[1] ?? ''}`;
      byRoute[route] = (byRoute[route] ?? 0) + 1;
      if (got.failure !== null) failures.push({ request, got: got.failure });
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
  return { requests: requests.length, byStatus, byRoute, failures };
}

async function send(url: string, request: FuzzRequest): Promise<{ status: number; failure: string | null }> {
  const controller = new AbortController();
  try {
    const { method, headers, body } = request;
    const answer = await fetch(`${url}${request.path}`, {
      method,
      headers,
      body,
      redirect: 'manual',
      signal: controller.signal,
    });
    // A stream of events never ends by itself.
    if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
      controller.abort();
      return { status: answer.status, failure: null };
    }
    const text = await answer.text();
    if (answer.status >= 500) return { status: answer.status, failure: `${answer.status} ${text.slice(0, 500)}` };
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
    if (answer.status >= 400 && isJson) {
      const error = JSON.parse(text) as Json;
      for (const field of ['statusCode', 'code', 'message', 'details', 'correlationId'])
        if (error[field] === undefined) return { status: answer.status, failure: `no ${field}: ${text.slice(0, 300)}` };
    }
    return { status: answer.status, failure: null };
  } catch (error) {
    return { status: 0, failure: error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error) };
  }
}
