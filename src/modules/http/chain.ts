import type { RequestHandler } from 'express';

/** Several handlers as one, in order; Express spends more time on finding each of its layers than these take. */
export function chain(...handlers: readonly RequestHandler[]): RequestHandler {
  return (request, response, next) => {
    const goOn = (index: number): void => {
      const handler = handlers[index];
      if (!handler) return next();
      try {
        void handler(request, response, (error?: unknown) => (error ? next(error) : goOn(index + 1)));
      } catch (error) {
        next(error);
      }
    };
    goOn(0);
  };
}
