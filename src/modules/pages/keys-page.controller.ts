import { Body, Controller, Get, Header, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AppError, badInput } from '../../common/index.js';
import { Access } from '../auth/access.js';
import { KEY_NAME, KeyService } from '../auth/key.service.js';
import { actorOf } from '../http/actor-of.js';
import { doneNotice, field, nameList, type FormBody } from './forms.js';
import { pageContext } from './i18n/index.js';
import { keysView, type KeysState } from './keys.view.js';
import { problemView } from './problem.view.js';
import { roleOf } from './users-page.controller.js';
import { ViewRenderer } from './view-renderer.js';

/** Keys of programs: views/keys.hbs. */
@ApiExcludeController()
@Access('admin')
@Controller('settings/keys')
export class KeysPageController {
  constructor(
    private readonly keys: KeyService,
    private readonly views: ViewRenderer,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  list(@Query('done') done: unknown): Promise<string> {
    return this.page({ notice: doneNotice(done, pageContext().i18n) });
  }

  /** Answers with the page itself: a key is never kept anywhere from where a second look could show it. */
  @Post()
  async add(@Body() body: FormBody, @Req() request: Request, @Res() response: Response): Promise<void> {
    response.setHeader('Cache-Control', 'no-store');
    response.type('html');
    try {
      const spec = {
        name: keyName(body),
        role: roleOf(body),
        sites: nameList(body, 'sites'),
        lines: nameList(body, 'lines'),
        expiresAt: endOfDay(field(body, 'expires')),
      };
      const { name, key } = await this.keys.add(spec, actorOf(request));
      response.status(201).send(await this.page({ notice: null, made: { name, key } }));
    } catch (error) {
      if (!(error instanceof AppError) || error.httpStatus >= 500) throw error;
      const problem = problemView(error, pageContext().i18n);
      response.status(error.httpStatus).send(await this.page({ notice: null, problem, sent: body }));
    }
  }

  @Post(':id/revoke')
  async revoke(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.keys.revoke(id, actorOf(request));
    response.redirect(303, '/settings/keys?done=revoked');
  }

  private async page(state: KeysState): Promise<string> {
    return this.views.render('keys', keysView(await this.keys.list(), new Date(), pageContext().i18n, state));
  }
}

function keyName(body: FormBody): string {
  const name = field(body, 'name');
  if (KEY_NAME.test(name)) return name;
  throw badInput(
    'KEY_NAME_INVALID',
    `name: expected letters, digits, blanks and . _ @ -, up to 64, got ${JSON.stringify(name.slice(0, 80))}.`,
  );
}

/** A key that ends on a day still works on that day. */
function endOfDay(date: string): Date | null {
  if (date === '') return null;
  const end = new Date(`${date}T23:59:59.999`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(end.getTime())) return end;
  throw badInput(
    'DATE_INVALID',
    `expires: expected a date such as 2027-01-31, got ${JSON.stringify(date.slice(0, 40))}.`,
  );
}
