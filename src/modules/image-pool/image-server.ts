import { createWriteStream } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, badInput, errorMessage } from '../../common/index.js';
import type { SiteConfig } from '../../infra/config/index.js';
import { explainDiskError } from '../../infra/storage/index.js';
import type { LineSource } from '../metadata/index.js';

export interface FetchLimits {
  /** Of the archive; more is given up. */
  readonly maxBytes: number;
  /** Without a byte for this long the server is given up. */
  readonly idleMs: number;
}

type Unavailable = 'IMAGE_SERVER_UNREACHABLE' | 'IMAGE_SERVER_FAILED' | 'IMAGE_SERVER_SILENT' | 'IMAGE_SERVER_CUT';

/** The image server of a line. @throws AppError `IMAGE_SERVER_MISSING` (badInput) when the site names none */
export function imageServerUrl(siteName: string, site: SiteConfig, lineId: string): URL {
  const named = site.source === 'postgres' ? (site.imageServers?.[lineId] ?? site.imageServer) : undefined;
  if (named !== undefined) return new URL(named);
  throw badInput(
    'IMAGE_SERVER_MISSING',
    `site: expected one whose image server is known, got ${siteName} without imageServer; add it to database_configs.yaml.`,
    { site: siteName, lineId },
  );
}

/** A line's image server: takes a list of paths, answers a ZIP archive. Reached over the line's own connection. */
export class ImageServer {
  constructor(
    private readonly url: URL,
    private readonly line: Pick<LineSource, 'connect'>,
    private readonly limits: FetchLimits,
  ) {}

  /**
   * Streams the archive with these images to `target`. No part of it is held in memory.
   * @throws AppError `IMAGE_SERVER_UNREACHABLE`, `IMAGE_SERVER_FAILED`, `IMAGE_SERVER_SILENT`, `IMAGE_SERVER_CUT`
   *   (unavailable: worth another attempt); `IMAGE_SERVER_REFUSED`, `IMAGE_SERVER_TOO_MUCH` (badInput)
   */
  async fetch(paths: readonly string[], target: string, signal: AbortSignal): Promise<void> {
    const silence = new AbortController();
    const either = AbortSignal.any([signal, silence.signal]);
    const timer = setTimeout(() => silence.abort(), this.limits.idleMs);
    let stream: Duplex | undefined;
    try {
      stream = await this.connect(either);
      const answer = await this.ask(stream, paths, either);
      timer.refresh();
      const { statusCode = 0 } = answer;
      if (statusCode !== 200) throw this.refused(statusCode);
      await pipeline(answer, this.counted(timer), createWriteStream(target), { signal: either });
    } catch (error) {
      signal.throwIfAborted();
      if (silence.signal.aborted)
        throw this.unavailable('IMAGE_SERVER_SILENT', `no byte for ${this.limits.idleMs / 1000} s`, error);
      if (error instanceof AppError) throw error;
      const explained = explainDiskError(error, target);
      if (explained !== error) throw explained;
      throw this.unavailable('IMAGE_SERVER_CUT', errorMessage(error), error);
    } finally {
      clearTimeout(timer);
      stream?.destroy();
    }
  }

  private async connect(signal: AbortSignal): Promise<Duplex> {
    const target = { host: this.url.hostname.replace(/^\[|\]$/g, ''), port: Number(this.url.port || 80) };
    try {
      return await this.line.connect(target, signal);
    } catch (error) {
      if (error instanceof AppError || signal.aborted) throw error;
      throw this.unavailable('IMAGE_SERVER_UNREACHABLE', errorMessage(error), error);
    }
  }

  private ask(stream: Duplex, paths: readonly string[], signal: AbortSignal): Promise<IncomingMessage> {
    const body = Buffer.from(JSON.stringify({ paths }));
    return new Promise((resolve, reject) => {
      const outgoing = request({
        method: 'POST',
        host: this.url.hostname,
        port: this.url.port || 80,
        path: `${this.url.pathname}${this.url.search}`,
        headers: {
          Accept: 'application/zip',
          Connection: 'close',
          'Content-Type': 'application/json',
          'Content-Length': body.length,
        },
        createConnection: () => stream,
        signal,
      });
      outgoing.once('response', resolve);
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** Passes bytes on while they are not too many; each is a sign of life. */
  private counted(timer: NodeJS.Timeout): Transform {
    const { maxBytes } = this.limits;
    let bytes = 0;
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        timer.refresh();
        bytes += chunk.length;
        if (bytes <= maxBytes) done(null, chunk);
        else
          done(
            badInput(
              'IMAGE_SERVER_TOO_MUCH',
              `${this.name}: expected at most ${maxBytes} bytes for one request, got more; raise limits.imageMiB if that is right.`,
            ),
          );
      },
    });
  }

  private refused(status: number): AppError {
    if (status >= 500 || status === 429 || status === 408)
      return this.unavailable('IMAGE_SERVER_FAILED', `status ${status}`, undefined);
    return badInput(
      'IMAGE_SERVER_REFUSED',
      `${this.name}: expected a ZIP archive with status 200, got status ${status}; check imageServer in database_configs.yaml.`,
      { status },
    );
  }

  private unavailable(code: Unavailable, got: string, cause: unknown): AppError {
    return new AppError(
      'unavailable',
      code,
      `${this.name}: expected a ZIP archive, got: ${got}; check that the server runs and that the line's SSH server reaches it.`,
      {},
      { cause },
    );
  }

  private get name(): string {
    return `image server ${this.url.host}${this.url.pathname}`;
  }
}
