// Writes docs/openapi.json from the built service; the end-to-end test compares it with what is served.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../dist/app.module.js';
import { buildOpenApi } from '../dist/modules/openapi/openapi.js';
import { CoreModule } from '../dist/modules/process/core.module.js';
import { loadAppConfig, loadSites } from '../dist/infra/config/index.js';

// Only the routes are asked for, so nothing is connected: database and queue are empty stand-ins.
const nothing = new Proxy({}, { get: () => undefined });
const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const platform = {
  config: loadAppConfig(),
  sites: loadSites(),
  logger,
  workerId: 'none',
  dataSource: nothing,
  queue: nothing,
};
const app = await NestFactory.create(
  { module: class Root {}, imports: [CoreModule.for(platform), AppModule] },
  { logger: false, preview: true },
);
writeFileSync('docs/openapi.json', `${JSON.stringify(buildOpenApi(app), null, 2)}\n`);
process.exit(0);
