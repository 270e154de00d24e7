import { readdir } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer, json } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { z } from 'zod';

/** How a line's image server may fail; for tests. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number }
  /** Half of the archive, then the connection is cut. */
  | { readonly kind: 'cut' }
  /** Half of the archive, then nothing more for as long as the other side waits. */
  | { readonly kind: 'stalled' }
  /** Anything in place of the archive. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer };

export interface ImageServerOptions {
  /** Images are found here by their file names, at any depth. */
  readonly folder: string;
  /** Default `/images`. */
  readonly prefix?: string;
  /** Asked at each request, which are counted from 1; undefined answers as it should. */
  readonly fault?: (request: number) => Fault | undefined;
}

/** A line's image server: `POST <prefix>` with `{paths: [...]}` answers a ZIP archive of these images. */
export interface LineImageServer {
  readonly host: string;
  readonly port: number;
  /** Address as the line's SSH server sees it. */
  readonly url: string;
  readonly requests: number;
  /** Images asked for so far, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const bodySchema = z.strictObject({ paths: z.array(z.string()).max(10_000) });

/** Starts the image server of the simulated line. It knows only what lies in its folder; unknown paths are left out. */
export async function startImageServer(options: ImageServerOptions): Promise<LineImageServer> {
  const server = new SimulatedImageServer(options, await filesByName(options.folder));
  await server.listen();
  return server;
}

class SimulatedImageServer implements LineImageServer {
  readonly host = HOST;
  requests = 0;
  readonly asked: string[] = [];
  private readonly prefix: string;
  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch(() => response.destroy());
  });

  constructor(
    private readonly options: ImageServerOptions,
    private readonly files: ReadonlyMap<string, string>,
  ) {
    this.prefix = options.prefix ?? '/images';
  }

  async listen(): Promise<void> {
    this.server.listen(0, HOST);
    await once(this.server, 'listening');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://${HOST}:${this.port}${this.prefix}`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || request.url !== this.prefix) {
      response.writeHead(404).end();
      return;
    }
    const body = bodySchema.safeParse(await json(request));
    if (!body.success) {
      response.writeHead(400).end();
      return;
    }
    const { paths } = body.data;
    this.requests++;
    this.asked.push(...paths);
    const fault = this.options.fault?.(this.requests);
    if (fault?.kind === 'status') {
      response.writeHead(fault.status).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/zip' });
    if (fault?.kind === 'bytes') response.end(fault.bytes);
    else if (fault?.kind === 'stalled') response.write(await this.half(paths));
    else if (fault?.kind === 'cut') response.write(await this.half(paths), () => response.destroy());
    else this.archive(paths).pipe(response);
  }

  private archive(paths: readonly string[]): NodeJS.ReadableStream {
    const zip = new ZipFile();
    for (const path of paths) {
      const file = this.files.get(path.slice(path.lastIndexOf('/') + 1));
      // Pictures are packed already.
      if (file !== undefined) zip.addFile(file, path, { compress: false });
    }
    zip.end();
    return zip.outputStream;
  }

  private async half(paths: readonly string[]): Promise<Buffer> {
    const whole = await buffer(this.archive(paths));
    return whole.subarray(0, whole.length / 2);
  }
}

async function filesByName(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(files.map((entry) => [entry.name, join(entry.parentPath, entry.name)]));
}
