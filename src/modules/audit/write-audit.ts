import type { EntityManager } from 'typeorm';
import type { Actor } from '../tasks/actor.js';

export interface AuditEntry {
  readonly action: string;
  readonly target: string;
  readonly before?: object;
  readonly after?: object;
}

/** Records a change in the transaction that makes it, so that neither is without the other. */
export async function writeAudit(manager: EntityManager, actor: Actor, entry: AuditEntry): Promise<void> {
  const { action, target, before, after } = entry;
  await manager.query(
    `INSERT INTO audit (at, actor, address, action, target, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [new Date(), actor.name, actor.from, action, target, json(before), json(after)],
  );
}

function json(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
