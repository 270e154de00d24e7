import type { Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import express, { type Express, type RequestHandler } from 'express';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const POLL_MS = 20;

/** Which requests are at work; also those whose client has gone, which go on to their end. */
export class OpenRequests {
  private readonly atWork = new Set<object>();

  /** Express whose route handlers are known while they work. */
  express(): Express {
    const app = express();
    for (const method of METHODS) {
      const register = app[method].bind(app) as (path: string, ...handlers: RequestHandler[]) => Express;
      const known = (path: string, ...handlers: RequestHandler[]): Express =>
        register(path, ...handlers.map((handler) => this.known(handler)));
      Object.assign(app, { [method]: known });
    }
    return app;
  }

  /**
   * Takes no new requests and waits for those at work, for as long as `limitMs`; what is not answered then is cut off.
   * @param isBusy whether something is still under way on behalf of requests that are not at their handler yet
   */
  async end(server: Server, isBusy: () => boolean, limitMs: number): Promise<void> {
    let closed = false;
    server.close(() => (closed = true));
    // A connection that is open yet may bring one more request, not ever more.
    server.prependListener('request', (_request, response: ServerResponse) =>
      response.setHeader('Connection', 'close'),
    );
    const deadline = performance.now() + limitMs;
    while ((!closed || this.atWork.size > 0 || isBusy()) && performance.now() < deadline) {
      server.closeIdleConnections();
      await sleep(POLL_MS);
    }
    server.closeAllConnections();
  }

  private known(handler: RequestHandler): RequestHandler {
    return async (request, response, next) => {
      const work = {};
      this.atWork.add(work);
      try {
        await handler(request, response, next);
      } finally {
        this.atWork.delete(work);
      }
    };
  }
}
