import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';

interface Prototypes {
  request: object;
  response: object;
}

/**
 * Requests and answers are made as Express wants them. Left to itself it gives each a new prototype when it
 * comes in, and the engine forgets what it knew of objects whose prototype changes.
 */
export class HttpAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    class ExpressRequest extends IncomingMessage {}
    class ExpressResponse extends ServerResponse<ExpressRequest> {}
    const app = this.getInstance<Parameters<typeof createServer>[1] & Prototypes>();
    app.request = Object.setPrototypeOf(ExpressRequest.prototype, app.request) as object;
    app.response = Object.setPrototypeOf(ExpressResponse.prototype, app.response) as object;
    this.httpServer = createServer({ IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse }, app);
  }
}
