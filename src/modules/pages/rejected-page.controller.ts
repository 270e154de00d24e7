import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { z } from 'zod';
import { Access } from '../auth/access.js';
import { parseQuery } from '../http/parse.js';
import { ResultDetailsService } from '../results/result-details.service.js';
import { pageContext } from './i18n/index.js';
import { rejectedView } from './rejected.view.js';
import { ViewRenderer } from './view-renderer.js';

const FILES_A_PAGE = 100;

const rejectedQuery = z.object({
  code: z.string().max(60).default(''),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
});

/** The files that a task set aside: views/rejected.hbs. */
@ApiExcludeController()
@Controller()
export class RejectedPageController {
  constructor(
    private readonly details: ResultDetailsService,
    private readonly views: ViewRenderer,
  ) {}

  @Access('viewer')
  @Get('tasks/:id/rejected')
  @Header('Content-Type', 'text/html; charset=utf-8')
  async rejected(@Param('id') id: string, @Query() query: unknown): Promise<string> {
    const { code, offset } = parseQuery(rejectedQuery, query);
    const page = await this.details.rejected(id, { code: code || undefined, limit: FILES_A_PAGE, offset });
    return this.views.render('rejected', rejectedView(id, page, { code, offset }, FILES_A_PAGE, pageContext().i18n));
  }
}
