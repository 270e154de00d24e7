import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import cookieParser from 'cookie-parser';
import { json, urlencoded, type RequestHandler } from 'express';
import helmet from 'helmet';
import { badInput } from '../../common/index.js';
import type { AppConfig } from '../../infra/config/index.js';
import { IdentityMiddleware } from '../auth/identity.middleware.js';
import { MetricsService } from '../metrics/metrics.service.js';
import { languageMiddleware } from '../pages/i18n/index.js';
import { chain } from './chain.js';
import { correlationMiddleware } from './correlation.js';
import { isReading, refuseCrossSite } from './cross-site.js';
import { refuseOddAddresses } from './plain-text.js';
import { refuseForeignHosts } from './foreign-host.js';

/** What every request goes through: limits, security headers, body parsing, static files. */
export function configureHttp(app: NestExpressApplication, config: AppConfig): void {
  const { server, limits } = config;
  app.set('trust proxy', server.trustedProxies);
  app.set('query parser', 'simple');
  app.disable('x-powered-by');
  app.use(
    chain(
      correlationMiddleware,
      securityHeaders(),
      refuseOddAddresses,
      refuseForeignHosts(server),
      cookieParser(),
      refuseCrossSite,
      whereChanging(json({ limit: limits.bodyKiB * 1024 })),
      whereChanging(urlencoded({ limit: limits.bodyKiB * 1024, extended: false, parameterLimit: 20_000 })),
    ),
  );
}

/** What every request that goes to a controller goes through besides: who calls, in which language, and how long it took. */
export function configureRoutes(app: NestExpressApplication): void {
  const identity = app.get(IdentityMiddleware);
  app.use(chain(app.get(MetricsService).middleware, languageMiddleware, identity.use));
}

function whereChanging(handler: RequestHandler): RequestHandler {
  return (request, response, next) => (isReading(request) ? next() : handler(request, response, next));
}

/** @returns the address people type. @throws AppError when the address cannot be had. */
export async function listen(app: NestExpressApplication, { server }: AppConfig): Promise<string> {
  try {
    await app.listen(server.port, server.host);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    throw badInput(
      'ADDRESS_NOT_AVAILABLE',
      `Expected to listen on ${server.host}:${server.port}, got ${code}; choose another server.host or server.port (POLARLINE_PORT), 0 takes any free port.`,
      { host: server.host, port: server.port },
    );
  }
  const { port } = app.getHttpServer().address() as AddressInfo;
  const host = server.host.includes(':') ? `[${server.host}]` : server.host;
  return server.publicUrl ?? `http://${host}:${port}`;
}

type Headers = readonly (readonly [string, string | number | readonly string[]])[];

/** The API page styles itself inline; ours do not. */
function securityHeaders(): RequestHandler {
  const ours = headersWith(["'self'"]);
  const docs = headersWith(["'self'", "'unsafe-inline'"]);
  return (request, response, next) => {
    for (const [name, value] of /^\/docs(\/|$)/i.test(request.path) ? docs : ours) response.setHeader(name, value);
    next();
  };
}

function headersWith(styleSources: string[]): Headers {
  return headersOf(
    helmet({
      contentSecurityPolicy: {
        directives: { 'upgrade-insecure-requests': null, 'script-src': ["'self'"], 'style-src': styleSources },
      },
      // The service speaks plain HTTP by itself; a proxy in front that speaks TLS sets this.
      strictTransportSecurity: false,
      // Under no-referrer browsers send forms with an Origin of null, and over plain HTTP by a name of the network
      // nothing else tells our own pages from foreign ones (`refuseCrossSite`).
      referrerPolicy: { policy: 'same-origin' },
    }),
  );
}

/** Helmet says the same at each request; it is asked once. */
function headersOf(set: ReturnType<typeof helmet>): Headers {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  set(response.req, response, () => undefined);
  return Object.entries(response.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}
