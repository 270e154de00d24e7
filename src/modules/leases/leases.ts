import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type EntityTarget, type FindOptionsWhere } from 'typeorm';
import type { LeasedEntity } from './leased.entity.js';
import { APP_CONFIG, LOGGER, WORKER_ID, type AppConfig, type Logger } from '../settings/app-settings.js';

type Target<Row extends LeasedEntity> = EntityTarget<Row>;

/** Whose a row is, as far as is known: `unknown` when the database does not answer. */
export type Standing = 'held' | 'cancelled' | 'lost' | 'unknown';

/** Thrown when another worker has taken the row over, or it was cancelled; nothing more may be written. */
export class LeaseLost extends Error {}

/**
 * Who works on a row: exactly one worker at a time. Each claim raises the row's fence; every later write names its fence
 * and is refused when it is no longer the newest.
 */
@Injectable()
export class Leases {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(WORKER_ID) private readonly owner: string,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  get leaseMs(): number {
    return this.config.queue.lockSeconds * 1000;
  }

  /** How long work may take to end when its worker is stopped. */
  get stopMs(): number {
    return this.config.worker.stopSeconds * 1000;
  }

  /** How long another worker still holds a locked row; 0 when this one may take it. */
  async heldByOtherMs<Row extends LeasedEntity>(
    manager: EntityManager,
    target: Target<Row>,
    row: Row,
  ): Promise<number> {
    return row.leaseOwner === this.owner ? 0 : heldForMs(manager, target, row.id);
  }

  /** Gives a locked row to this worker, and saves it. */
  async take<Row extends LeasedEntity>(manager: EntityManager, target: Target<Row>, row: Row): Promise<void> {
    row.fence += 1;
    row.leaseOwner = this.owner;
    await manager.save(row);
    await this.extend(manager, target, row.id, row.fence);
  }

  /** Keeps a lease alive; tells when it is gone. */
  async renew<Row extends LeasedEntity>(target: Target<Row>, id: string, fence: number): Promise<Standing> {
    try {
      const { manager } = this.dataSource;
      if (await this.extend(manager, target, id, fence)) return 'held';
      const row = await manager.findOneBy(target, { id } as FindOptionsWhere<Row>);
      return row?.status === 'cancelled' ? 'cancelled' : 'lost';
    } catch (error) {
      this.logger.warn({ id, err: error }, 'The lease could not be renewed');
      return 'unknown';
    }
  }

  private async extend<Row extends LeasedEntity>(
    manager: EntityManager,
    target: Target<Row>,
    id: string,
    fence: number,
  ): Promise<boolean> {
    const result: unknown = await manager.query(
      `UPDATE ${tableOf(manager, target)} SET lease_until = clock_timestamp() + make_interval(secs => $3)
        WHERE id = $1 AND fence = $2`,
      [id, fence, this.config.queue.lockSeconds],
    );
    const [, changed] = result as [unknown, number];
    return changed === 1;
  }
}

/** Takes a locked row out of whoever's hands; the caller saves it. */
export function letGo(row: LeasedEntity): void {
  row.fence += 1;
  row.leaseOwner = null;
  row.leaseUntil = null;
}

/** How long the lease of a row's holder still runs, by the database's clock; 0 when nobody holds it. */
export async function heldForMs<Row extends LeasedEntity>(
  manager: EntityManager,
  target: Target<Row>,
  id: string,
): Promise<number> {
  const rows: { ms: string | null }[] = await manager.query(
    `SELECT extract(epoch FROM lease_until - clock_timestamp()) * 1000 AS ms
      FROM ${tableOf(manager, target)} WHERE id = $1 AND lease_owner IS NOT NULL`,
    [id],
  );
  return Math.max(0, Number(rows[0]?.ms ?? 0));
}

function tableOf<Row extends LeasedEntity>(manager: EntityManager, target: Target<Row>): string {
  return manager.connection.getMetadata(target).tableName;
}
