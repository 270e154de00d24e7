import { AppError, errorMessage } from '../../common/index.js';

/** A queue that cannot be opened, in words and without the password of its URL. */
export function explainQueueError(error: unknown, kind: 'postgres' | 'redis', url: string): AppError {
  if (error instanceof AppError) return error;
  const { hostname, port } = new URL(url);
  const place = `${kind === 'postgres' ? 'PostgreSQL' : 'Redis'} at ${hostname}:${port}`;
  const advice = kind === 'redis' ? 'queue.redisUrl or REDIS_URL' : 'database.url or DATABASE_URL';
  return new AppError(
    'unavailable',
    'QUEUE_UNREACHABLE',
    `expected the queue in ${place} to answer, got: ${errorMessage(error)}; check that it runs and that ${advice} is right`,
    { kind, host: hostname, port },
    { cause: error },
  );
}
