import { createHash } from 'node:crypto';
import type { EntityManager, EntityTarget, FindOptionsWhere } from 'typeorm';
import { AppError } from '../../common/index.js';
import type { LeasedEntity } from '../leases/index.js';
import type { Actor } from './actor.js';

/** A request, as it is told apart from others. */
export interface RequestIdentity {
  readonly key: string | null;
  readonly digest: string;
}

export function identifyRequest(spec: { readonly idempotencyKey?: string | null }): RequestIdentity {
  const digest = createHash('sha256').update(JSON.stringify(spec)).digest('hex');
  return { key: spec.idempotencyKey ?? null, digest };
}

/**
 * What the same request made before, or null.
 * @param what the rows are, for people
 * @throws AppError `IDEMPOTENCY_KEY_REUSED` (conflict) for the same key with another request
 */
export async function findByRequest<Row extends LeasedEntity>(
  manager: EntityManager,
  target: EntityTarget<Row>,
  { key, digest }: RequestIdentity,
  actor: Actor,
  what: string,
): Promise<Row | null> {
  if (!key) return null;
  const where = { createdBy: actor.name, idempotencyKey: key } as FindOptionsWhere<Row>;
  const found = await manager.findOneBy(target, where);
  if (found && found.requestDigest !== digest)
    throw new AppError(
      'conflict',
      'IDEMPOTENCY_KEY_REUSED',
      `Idempotency-Key ${key}: expected the request it was first used with (${what} ${found.id}), got another one; use a new key.`,
      { taskId: found.id },
    );
  return found;
}
