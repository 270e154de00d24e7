import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { AuditEntity } from './audit.entity.js';

export interface AuditFilter {
  readonly target?: string;
  readonly actor?: string;
  readonly action?: string;
  /** Not before. */
  readonly from?: Date;
  /** Before, without the moment itself. */
  readonly to?: Date;
}

export interface AuditEntryDto {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly address: string;
  readonly action: string;
  readonly target: string;
  readonly before: object | null;
  readonly after: object | null;
}

const BATCH = 1000;

/** Reads the audit trail, newest first. */
@Injectable()
export class AuditService {
  constructor(private readonly dataSource: DataSource) {}

  /** @param before only entries older than this id: for the next page. */
  async page(filter: AuditFilter, before: number | undefined, limit: number): Promise<AuditEntryDto[]> {
    const rows = await this.filtered(filter, before).orderBy('entry.id', 'DESC').take(limit).getMany();
    return rows.map((row) => ({ ...row, id: Number(row.id), at: row.at.toISOString() }));
  }

  /** All of it, read in batches. */
  async *all(filter: AuditFilter): AsyncGenerator<AuditEntryDto> {
    let before: number | undefined;
    for (;;) {
      const entries = await this.page(filter, before, BATCH);
      yield* entries;
      if (entries.length < BATCH) return;
      before = entries.at(-1)!.id;
    }
  }

  private filtered(filter: AuditFilter, before: number | undefined): SelectQueryBuilder<AuditEntity> {
    const query = this.dataSource.manager.createQueryBuilder(AuditEntity, 'entry');
    const { target, actor, action, from, to } = filter;
    if (target) query.andWhere('entry.target = :target', { target });
    if (actor) query.andWhere('entry.actor = :actor', { actor });
    if (action) query.andWhere('entry.action = :action', { action });
    if (from) query.andWhere('entry.at >= :from', { from });
    if (to) query.andWhere('entry.at < :to', { to });
    if (before !== undefined) query.andWhere('entry.id < :before', { before });
    return query;
  }
}
