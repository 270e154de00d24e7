import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { stringify } from 'csv-stringify';
import type { Response } from 'express';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { Access } from '../auth/access.js';
import { ApiRoute } from '../http/api-docs.js';
import { parseQuery } from '../http/parse.js';
import { AuditService, type AuditEntryDto, type AuditFilter } from './audit.service.js';

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const filterShape = {
  target: z.string().max(200).optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(64).optional(),
  /** Not before. */
  from: moment.optional(),
  /** Before. */
  to: moment.optional(),
};
const csvQuery = z.strictObject(filterShape);
const auditQuery = z.strictObject({
  ...filterShape,
  /** Only older entries than this id: for the next page. */
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** The audit trail, for admins. */
@ApiTags('audit')
@Controller()
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Access('admin')
  @ApiRoute({ summary: 'Who did what, newest first', query: auditQuery, returns: '{entries}', errors: [400, 401, 403] })
  @Get('audit')
  async list(@Query() query: unknown): Promise<{ entries: AuditEntryDto[] }> {
    const { before, limit, ...filter } = parseQuery(auditQuery, query);
    return { entries: await this.audit.page(filter, before, limit) };
  }

  @Access('admin')
  @ApiRoute({
    summary: 'The trail as CSV',
    query: csvQuery,
    returns: 'CSV',
    produces: 'text/csv',
    errors: [400, 401, 403],
  })
  @Get('audit.csv')
  async csv(@Query() query: unknown, @Res() response: Response): Promise<void> {
    await sendAuditCsv(response, this.audit, parseQuery(csvQuery, query));
  }
}

/** Streams what the filter finds; spreadsheets would run what looks like a formula. */
export async function sendAuditCsv(response: Response, audit: AuditService, filter: AuditFilter): Promise<void> {
  response.setHeader('Content-Type', 'text/csv; charset=utf-8');
  response.attachment('audit.csv');
  const columns = ['id', 'at', 'actor', 'address', 'action', 'target', 'before', 'after'];
  const csv = stringify({ header: true, columns, escape_formulas: true, record_delimiter: 'windows' });
  const rows = async function* (): AsyncGenerator<object> {
    for await (const entry of audit.all(filter))
      yield { ...entry, before: JSON.stringify(entry.before), after: JSON.stringify(entry.after) };
  };
  await pipeline(Readable.from(rows()), csv, response);
}
