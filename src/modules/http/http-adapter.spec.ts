import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import { HttpAdapter } from './http-adapter.js';

describe('the HTTP adapter', () => {
  it('makes requests and answers as Express wants them, so that none changes its prototype', async () => {
    const adapter = new HttpAdapter();
    adapter.initHttpServer();
    const server = adapter.getHttpServer();
    const prototypes = (...objects: object[]): object[] => objects.map((one) => Object.getPrototypeOf(one) as object);
    const seen: object[][] = [];
    server.prependListener('request', (request: object, response: object) => seen.push(prototypes(request, response)));
    adapter.get('/asked', (request: Request, response: Response) => {
      seen.push(prototypes(request, response));
      response.json({ host: request.hostname, query: request.query });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}/asked?name=ann`);
      expect(await answer.json()).toEqual({ host: '127.0.0.1', query: { name: 'ann' } });
      const [made, handled] = seen;
      expect(handled).toHaveLength(2);
      handled!.forEach((prototype, index) => expect(Object.is(prototype, made![index])).toBe(true));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
