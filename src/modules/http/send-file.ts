import type { Response } from 'express';

export interface FileCaching {
  /** How long it is taken from the cache unasked; 0 for asking each time. */
  readonly maxAgeS?: number;
  /** It never changes under its address. */
  readonly immutable?: boolean;
  /** It is nobody's in particular, so that caches on the way may keep it, which know neither sign-in nor scope. */
  readonly public?: boolean;
  readonly lastModified?: boolean;
}

/** Sends a file with ranges, ETag and conditional requests; resolves once it is sent or the caller has gone. */
export function sendFile(
  response: Response,
  path: string,
  { maxAgeS = 0, immutable = false, public: isPublic = false, lastModified = true }: FileCaching = {},
): Promise<void> {
  const caching = `${isPublic ? 'public' : 'private'}, max-age=${maxAgeS}${immutable ? ', immutable' : ''}`;
  const headers = { 'Cache-Control': caching };
  return new Promise<void>((resolve, reject) => {
    response.sendFile(
      path,
      { dotfiles: 'allow', lastModified, cacheControl: false, headers },
      (error?: NodeJS.ErrnoException) => {
        // Pictures of a page that somebody leaves are given up before they begin.
        const gone = error?.code === 'ECONNABORTED' || response.destroyed;
        if (error && !gone && !response.headersSent) reject(error);
        else resolve();
      },
    );
  });
}
