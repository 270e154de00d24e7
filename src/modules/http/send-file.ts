import type { Response } from 'express';

type SendOptions = Parameters<Response['sendFile']>[1];

/** Sends a file with ranges, ETag and conditional requests; resolves once it is sent or the caller has gone. */
export function sendFile(response: Response, path: string, options: SendOptions): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    response.sendFile(path, { dotfiles: 'allow', ...options }, (error?: NodeJS.ErrnoException) => {
      // Pictures of a page that somebody leaves are given up before they begin.
      const gone = error?.code === 'ECONNABORTED' || response.destroyed;
      if (error && !gone && !response.headersSent) reject(error);
      else resolve();
    });
  });
}
