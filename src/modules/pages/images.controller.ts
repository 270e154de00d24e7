import { Body, Controller, Get, Header, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { AppError, badInput } from '../../common/index.js';
import { Access } from '../auth/access.js';
import { currentIdentity, currentScope } from '../auth/access-scope.js';
import { identityOf } from '../auth/identity.middleware.js';
import { assertRole, roleCovers, type Role } from '../auth/roles.js';
import { actorOf } from '../http/actor-of.js';
import { parseBody, parseQuery } from '../http/parse.js';
import {
  downloadBodySchema,
  PoolDownloadService,
  PoolImageService,
  PoolTrashService,
  toDownloadSpec,
  type Classifications,
  type DownloadSpec,
  type EstimateDto,
} from '../image-pool/index.js';
import { SITES, type SitesFile } from '../settings/app-settings.js';
import { dayAgo } from './days.js';
import { answerForm, field, type FormBody } from './forms.js';
import { pageContext } from './i18n/index.js';
import { imagePartView, imagesView, imageTrashView, type FetchFields } from './images.view.js';
import { problemView, type ProblemView } from './problem.view.js';
import { ViewRenderer } from './view-renderer.js';

const PARTS_SHOWN = 50;
const DOWNLOADS_SHOWN = 8;
const TILES_SHOWN = 120;
const FIELDS = ['site', 'line_id', 'part_number', 'start_date', 'end_date', 'limit'] as const;

const offset = z.coerce.number().int().min(0).max(10_000_000).default(0);
const imagesQuery = z.object({ text: z.string().trim().max(200).default(''), offset });
const partQuery = z.object({
  site: z.string().max(64).optional(),
  line_id: z.string().max(64).optional(),
  label: z.enum(['', 'OK', 'NG', 'unsorted']).default(''),
  offset,
});
const trashQuery = z.object({ offset });
const trashedSchema = z.tuple([z.string(), z.string(), z.string(), z.string()]);

/** The images of the lines: views/images.hbs, views/image-part.hbs and views/image-trash.hbs. */
@ApiExcludeController()
@Controller('images')
export class ImagesController {
  constructor(
    private readonly downloads: PoolDownloadService,
    private readonly pool: PoolImageService,
    private readonly discarded: PoolTrashService,
    private readonly views: ViewRenderer,
    @Inject(SITES) private readonly sites: SitesFile,
  ) {}

  @Access('viewer')
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  list(@Query() query: unknown): Promise<string> {
    return this.listPage(query, {});
  }

  @Access('engineer')
  @Post('estimate')
  async estimate(@Body() body: FormBody, @Res() response: Response): Promise<void> {
    const outcome = await this.tryEstimate(body);
    if (outcome.problem) response.status(400);
    response.type('html').send(await this.listPage({}, { body, ...outcome }));
  }

  @Access('engineer')
  @Post('download')
  async download(@Body() body: FormBody, @Req() request: Request, @Res() response: Response): Promise<void> {
    const start = async (): Promise<string> => {
      await this.downloads.start(specOf(body), actorOf(request));
      return '/images#downloads';
    };
    await answerForm(response, pageContext().i18n, start, (problem) => this.listPage({}, { body, problem }));
  }

  @Access('engineer')
  @Post('downloads/:id/cancel')
  async cancel(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.downloads.cancel(id, actorOf(request));
    response.redirect(303, '/images#downloads');
  }

  @Access('engineer')
  @Post('downloads/:id/retry')
  async retry(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.downloads.retry(id, actorOf(request));
    response.redirect(303, '/images#downloads');
  }

  @Access('viewer')
  @Get('part/:pn')
  @Header('Content-Type', 'text/html; charset=utf-8')
  async part(@Param('pn') partNumber: string, @Query() query: unknown): Promise<string> {
    const { site, line_id: lineId, label, offset: from } = parseQuery(partQuery, query);
    const paging = { limit: TILES_SHOWN, offset: from };
    const { part, images, total } = await this.pool.images(partNumber, { site, lineId }, label, paging);
    const state = { label, maySort: may('operator'), mayDelete: may('engineer'), mayTrain: may('engineer') };
    return this.views.render('image-part', imagePartView(part, images, total, state, paging, pageContext().i18n));
  }

  /** The grid's form, for browsers with and without scripts. */
  @Access('operator')
  @Post('part/:pn/sort')
  async sort(
    @Param('pn') partNumber: string,
    @Query() query: unknown,
    @Body() body: FormBody,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { site, line_id: lineId } = parseQuery(partQuery, query);
    const files = listOf(body, 'file');
    const as = field(body, 'as');
    const place = { site, lineId };
    if (files.length > 0) {
      if (as === 'trash') {
        assertRole(identityOf(request)!.role, 'engineer');
        await this.discarded.remove(partNumber, place, files, actorOf(request));
      } else {
        const label = as === 'OK' || as === 'NG' ? as : null;
        const classifications: Classifications = Object.fromEntries(files.map((file) => [file, label] as const));
        await this.pool.classify(partNumber, place, classifications, actorOf(request));
      }
    }
    const back = field(body, 'return_to');
    response.redirect(303, /^\/images\/part\/[^\\]*$/.test(back) ? back : '/images');
  }

  @Access('viewer')
  @Get('trash')
  @Header('Content-Type', 'text/html; charset=utf-8')
  async trash(@Query() query: unknown): Promise<string> {
    const paging = { limit: TILES_SHOWN, offset: parseQuery(trashQuery, query).offset };
    const found = await this.discarded.trash({}, paging);
    const view = imageTrashView(found, { restore: may('engineer'), empty: may('admin') }, paging, pageContext().i18n);
    return this.views.render('image-trash', view);
  }

  @Access('engineer')
  @Post('trash/restore')
  async restore(@Body() body: FormBody, @Req() request: Request, @Res() response: Response): Promise<void> {
    const byPart = new Map<string, { partNumber: string; site: string; lineId: string; files: string[] }>();
    for (const value of listOf(body, 'image')) {
      const [partNumber, site, lineId, file] = trashedOf(value);
      const key = JSON.stringify([partNumber, site, lineId]);
      const part = byPart.get(key) ?? { partNumber, site, lineId, files: [] };
      part.files.push(file);
      byPart.set(key, part);
    }
    for (const { partNumber, site, lineId, files } of byPart.values())
      await this.discarded.restore(partNumber, { site, lineId }, files, actorOf(request));
    response.redirect(303, '/images/trash');
  }

  @Access('admin')
  @Post('trash/empty')
  async empty(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.discarded.emptyTrash({}, actorOf(request));
    response.redirect(303, '/images/trash');
  }

  private async tryEstimate(body: FormBody): Promise<{ estimate?: EstimateDto; problem?: ProblemView }> {
    try {
      return { estimate: await this.downloads.estimate(specOf(body)) };
    } catch (error) {
      if (!(error instanceof AppError) || error.httpStatus >= 500) throw error;
      return { problem: problemView(error, pageContext().i18n) };
    }
  }

  private async listPage(
    query: unknown,
    { body, ...state }: { body?: FormBody; estimate?: EstimateDto; problem?: ProblemView },
  ): Promise<string> {
    const { text, offset: from } = parseQuery(imagesQuery, query);
    const paging = { limit: PARTS_SHOWN, offset: from };
    const [parts, { tasks }] = await Promise.all([
      this.pool.parts({ text }, paging),
      this.downloads.list({}, DOWNLOADS_SHOWN),
    ]);
    const allowed = currentScope().sites;
    const sites = this.sites.siteNames.filter((name) => allowed?.includes(name) ?? true);
    const view = imagesView(
      parts,
      tasks,
      { fields: fieldsOf(body), text, sites, mayFetch: may('engineer'), ...state },
      paging,
      pageContext().i18n,
    );
    return this.views.render('images', view);
  }
}

function may(role: Role): boolean {
  const identity = currentIdentity();
  return identity !== null && roleCovers(identity.role, role);
}

function specOf(body: FormBody): DownloadSpec {
  const { limit, ...fields } = fieldsOf(body);
  return toDownloadSpec(parseBody(downloadBodySchema, { ...fields, limit: limit === '' ? null : Number(limit) }));
}

/** As sent, or yesterday and today for a form that nobody has filled in: here, since lines name images by their clocks. */
function fieldsOf(body: FormBody): FetchFields {
  const empty = { site: '', line_id: '', part_number: '', start_date: dayAgo(1), end_date: dayAgo(0), limit: '' };
  if (body === undefined) return empty;
  return Object.fromEntries(FIELDS.map((name) => [name, field(body, name)])) as unknown as FetchFields;
}

/** A field that may be sent several times. */
function listOf(body: FormBody, name: string): string[] {
  const value = body?.[name];
  return [value].flat().filter((one): one is string => typeof one === 'string' && one !== '');
}

function trashedOf(value: string): [string, string, string, string] {
  try {
    return trashedSchema.parse(JSON.parse(value));
  } catch {
    throw badInput('BODY_INVALID', 'image: expected an image of the trash page; load the page again.');
  }
}
