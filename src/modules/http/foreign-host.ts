import type { NextFunction, Request, Response } from 'express';
import { AppError } from '../../common/index.js';
import { isLoopback, type AppConfig } from '../../infra/config/index.js';

/**
 * A service on the loopback address is asked for by a name of this machine. Another name that leads here is a
 * foreign page's trick (DNS rebinding) to use a visitor's browser.
 */
export function refuseForeignHosts({ host, publicUrl }: AppConfig['server']) {
  const publicHost = publicUrl === null ? null : new URL(publicUrl).hostname;
  const reachable = !isLoopback(host);
  return (request: Request, _response: Response, next: NextFunction): void => {
    if (reachable) return next();
    const asked = request.hostname.replace(/^\[|\]$/g, '');
    const fine = isLoopback(asked) || asked === publicHost;
    next(
      fine
        ? undefined
        : new AppError(
            'forbidden',
            'HOST_FOREIGN',
            `Expected to be asked for as 127.0.0.1, localhost or server.publicUrl, got ${asked.slice(0, 100)}.`,
          ),
    );
  };
}
