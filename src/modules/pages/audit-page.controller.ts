import { Controller, Get, Header, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { sendAuditCsv } from '../audit/audit.controller.js';
import { AuditService, type AuditFilter } from '../audit/audit.service.js';
import { Access } from '../auth/access.js';
import { parseQuery } from '../http/parse.js';
import { auditView, type AuditFormFilter } from './audit.view.js';
import { daySchema, endOfDay, startOfDay } from './days.js';
import { pageContext } from './i18n/index.js';
import { ViewRenderer } from './view-renderer.js';

const text = z.string().trim().max(200).default('');
const auditQuery = z.object({
  actor: text,
  action: text,
  target: text,
  from: daySchema,
  to: daySchema,
  before: z.coerce.number().int().min(1).optional(),
});
const PAGE_SIZE = 50;

/** Who did what: views/audit.hbs. */
@ApiExcludeController()
@Access('admin')
@Controller('settings')
export class AuditPageController {
  constructor(
    private readonly audit: AuditService,
    private readonly views: ViewRenderer,
  ) {}

  @Get('audit')
  @Header('Content-Type', 'text/html; charset=utf-8')
  async list(@Query() query: unknown): Promise<string> {
    const { before, ...filter } = parseQuery(auditQuery, query);
    const entries = await this.audit.page(toFilter(filter), before, PAGE_SIZE + 1);
    return this.views.render('audit', auditView(entries, filter, { size: PAGE_SIZE, before }, pageContext().i18n));
  }

  @Get('audit.csv')
  async csv(@Query() query: unknown, @Res() response: Response): Promise<void> {
    await sendAuditCsv(response, this.audit, toFilter(parseQuery(auditQuery, query)));
  }
}

function toFilter({ actor, action, target, from, to }: AuditFormFilter): AuditFilter {
  return { actor, action, target, from: startOfDay(from), to: endOfDay(to) };
}
