import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import cookieParser from 'cookie-parser';
import helmet from 'helmet';
import { badInput } from '../../common/index.js';
import { packageRoot, type AppConfig } from '../../infra/config/index.js';
import { correlationMiddleware } from './correlation.js';
import { refuseCrossSite } from './cross-site.js';
import { refuseOddAddresses } from './plain-text.js';
import { refuseForeignHosts } from './foreign-host.js';

/** Everything around the controllers: limits, security headers, body parsing, static files. */
export function configureHttp(app: NestExpressApplication, config: AppConfig): void {
  const { server, limits } = config;
  app.set('trust proxy', server.trustedProxies);
  app.set('query parser', 'simple');
  app.disable('x-powered-by');
  app.use(correlationMiddleware);
  app.use('/docs', securityHeaders(["'self'", "'unsafe-inline'"]));
  app.use(securityHeaders(["'self'"]));
  app.use(refuseOddAddresses);
  app.use(refuseForeignHosts(server));
  app.use(cookieParser());
  app.use(refuseCrossSite);
  app.useBodyParser('json', { limit: limits.bodyKiB * 1024 });
  app.useBodyParser('urlencoded', { limit: limits.bodyKiB * 1024, extended: false, parameterLimit: 20_000 });
  app.useStaticAssets(join(packageRoot(), 'views', 'assets'), { prefix: '/assets', maxAge: '1h' });
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

type Middleware = ReturnType<typeof helmet>;

/** The API page styles itself inline; ours do not. Whatever was set first stays. */
function securityHeaders(styleSources: string[]): Middleware {
  const headers = headersOf(
    helmet({
      contentSecurityPolicy: {
        directives: { 'upgrade-insecure-requests': null, 'script-src': ["'self'"], 'style-src': styleSources },
      },
      // The service speaks plain HTTP by itself; a proxy in front that speaks TLS sets this.
      strictTransportSecurity: false,
    }),
  );
  return (_request, response, next) => {
    if (!response.hasHeader('Content-Security-Policy'))
      for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

/** Helmet says the same at each request; it is asked once. */
function headersOf(set: Middleware): [string, string | string[] | number][] {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  set(response.req, response, () => undefined);
  return Object.entries(response.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}
