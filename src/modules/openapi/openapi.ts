import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ROLE_EXTENSION } from '../auth/access.js';
import { ACCEPT_LANGUAGE, ERROR_SCHEMA, errorResponses } from '../http/api-docs.js';

/** The OpenAPI document of REST; docs/openapi.json is the copy that is checked for drift. */
export function buildOpenApi(app: INestApplication): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setTitle('Polarline')
    .setDescription('From a folder of component images to a trained, proven and deployable inspection model.')
    .setVersion('1')
    .build();
  const document = SwaggerModule.createDocument(app, settings, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Error: ERROR_SCHEMA as never },
    parameters: { ...document.components?.parameters, AcceptLanguage: ACCEPT_LANGUAGE },
  };
  for (const { get, put, post, patch, delete: remove } of Object.values(document.paths))
    for (const operation of [get, put, post, patch, remove]) {
      if (operation === undefined) continue;
      operation.parameters?.push({ $ref: '#/components/parameters/AcceptLanguage' });
      const isPublic = ROLE_EXTENSION in operation && operation[ROLE_EXTENSION] === 'public';
      // What any route answers, besides what it says of itself.
      operation.responses = { ...errorResponses(isPublic ? [429] : [401, 403, 429]), ...operation.responses };
    }
  return document;
}

/** Serves the document at /docs-json and, for people, at /docs. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
  });
}
