import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { stringify } from 'csv-stringify';
import type { Response } from 'express';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { DataSource, LessThan, type FindOptionsWhere } from 'typeorm';
import { z } from 'zod';
import { Access } from '../auth/access.js';
import { ApiRoute } from '../http/api-docs.js';
import { parseQuery } from '../http/parse.js';
import { AuditEntity } from './audit.entity.js';

const auditQuery = z.strictObject({
  /** Only older entries than this id: for the next page. */
  before: z.coerce.number().int().min(1).optional(),
  target: z.string().max(200).optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const CSV_BATCH = 1000;

/** The audit trail, for admins. */
@ApiTags('audit')
@Controller()
export class AuditController {
  constructor(private readonly dataSource: DataSource) {}

  @Access('admin')
  @ApiRoute({ summary: 'Who did what, newest first', query: auditQuery, returns: '{entries}', errors: [400, 401, 403] })
  @Get('audit')
  async list(@Query() query: unknown): Promise<{ entries: object[] }> {
    const { before, limit, ...where } = parseQuery(auditQuery, query);
    const rows = await this.page(where, before, limit);
    return { entries: rows.map((row) => ({ ...row, id: Number(row.id), at: row.at.toISOString() })) };
  }

  @Access('admin')
  @ApiRoute({ summary: 'The whole trail as CSV', returns: 'CSV', produces: 'text/csv', errors: [401, 403] })
  @Get('audit.csv')
  async csv(@Res() response: Response): Promise<void> {
    response.setHeader('Content-Type', 'text/csv; charset=utf-8');
    response.attachment('audit.csv');
    const columns = ['id', 'at', 'actor', 'address', 'action', 'target', 'before', 'after'];
    // Spreadsheets would run what looks like a formula.
    const csv = stringify({ header: true, columns, escape_formulas: true, record_delimiter: 'windows' });
    await pipeline(Readable.from(this.all()), csv, response);
  }

  private async *all(): AsyncGenerator<object> {
    let before: number | undefined;
    for (;;) {
      const rows = await this.page({}, before, CSV_BATCH);
      for (const row of rows)
        yield {
          ...row,
          at: row.at.toISOString(),
          before: JSON.stringify(row.before),
          after: JSON.stringify(row.after),
        };
      if (rows.length < CSV_BATCH) return;
      before = Number(rows.at(-1)!.id);
    }
  }

  private page(
    where: FindOptionsWhere<AuditEntity>,
    before: number | undefined,
    limit: number,
  ): Promise<AuditEntity[]> {
    return this.dataSource.manager.find(AuditEntity, {
      where: { ...where, ...(before === undefined ? {} : { id: LessThan(String(before)) }) },
      order: { id: 'DESC' },
      take: limit,
    });
  }
}
