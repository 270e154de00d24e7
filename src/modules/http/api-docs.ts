import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

type SchemaObject = NonNullable<Parameters<typeof ApiBody>[0] & { schema?: unknown }>['schema'];

export interface RouteDocs {
  /** One line on what it does. */
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly query?: z.ZodObject;
  /** Success status, default 200. */
  readonly status?: number;
  /** What comes back, in words. */
  readonly returns: string;
  /** Media type where it is not JSON. */
  readonly produces?: string;
  /** Statuses of expected errors. */
  readonly errors?: readonly number[];
  /** Further statuses with which the same comes back. */
  readonly alsoWith?: readonly number[];
  /** Headers that the route reads, with what they do. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** For routes that begin something. */
export const IDEMPOTENCY_KEY = {
  'Idempotency-Key':
    'A text of your own, up to 200 characters: the same request with the same key begins nothing again, and is answered as the first was',
} as const;

const ERROR_WORDS: Readonly<Record<number, string>> = {
  400: 'Bad input: the message says what was expected, what came, and what to do',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'There is no such thing',
  429: 'More requests a minute than limits.requestsPerMinute allows; Retry-After says when to come again',
  409: 'Not possible in the present state',
  503: 'Not able to work at the moment',
};

/** What the OpenAPI document says of a route; bodies and queries come from the schemas that check them. */
export function ApiRoute(docs: RouteDocs): MethodDecorator {
  const { summary, body, query, status = 200, returns, produces = 'application/json' } = docs;
  const { errors = [], alsoWith = [], headers = {} } = docs;
  const schema = produces === 'application/json' ? { type: 'object' as const } : { type: 'string' as const };
  return applyDecorators(
    ApiOperation({ summary }),
    ...[status, ...alsoWith].map((code) =>
      ApiResponse({ status: code, description: returns, content: { [produces]: { schema } } }),
    ),
    ...Object.entries(headers).map(([name, description]) => ApiHeader({ name, description, required: false })),
    ...Object.entries(errorResponses(errors)).map(([code, response]) =>
      ApiResponse({ status: Number(code), ...response }),
    ),
    ...(body ? [ApiBody({ schema: toOpenApi(body), required: true })] : []),
    ...(query ? queryParameters(query) : []),
  );
}

/** Error answers by status, as the document has them. */
export function errorResponses(statuses: readonly number[]) {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: ERROR_WORDS[status] ?? 'Error', content }]),
  );
}

function queryParameters(query: z.ZodObject): MethodDecorator[] {
  const { properties = {}, required = [] } = toOpenApi(query) as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) =>
    ApiQuery({ name, required: required.includes(name), schema: schema as never }),
  );
}

/** The OpenAPI 3.0 form of a schema, of what goes in. */
export function toOpenApi(schema: z.ZodType): NonNullable<SchemaObject> {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  }) as Record<string, unknown>;
  return plain;
}

/** The one shape of every error answer. */
export const ERROR_SCHEMA = {
  type: 'object',
  required: ['statusCode', 'code', 'message', 'details', 'correlationId'],
  properties: {
    statusCode: { type: 'integer' },
    code: { type: 'string', description: 'Stable, for programs' },
    message: { type: 'string', description: 'For people, in the language that Content-Language names' },
    details: {
      type: 'object',
      description: 'The particulars; `message` in it is the English text where the answer is in another language',
    },
    correlationId: { type: 'string', description: 'Also in the X-Correlation-Id header and in the log' },
  },
} as const;

/** What every operation takes to choose the language of its errors. */
export const ACCEPT_LANGUAGE = {
  name: 'Accept-Language',
  in: 'header',
  required: false,
  description:
    'Language of error messages, with weights as in RFC 9110: en (the default), zh-TW, zh-CN or vi; zh-Hant and zh-HK count as zh-TW, zh as zh-CN. Codes are the same in all.',
  schema: { type: 'string', example: 'zh-TW,zh;q=0.8,en;q=0.5' },
} as const;
