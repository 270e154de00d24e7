import { Body, Controller, Get, Header, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AppError } from '../../common/index.js';
import { actorOf } from '../http/actor-of.js';
import { pageContext } from '../pages/i18n/index.js';
import { problemView } from '../pages/problem.view.js';
import { ViewRenderer } from '../pages/view-renderer.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { Access } from './access.js';
import { identityOf } from './identity.middleware.js';
import { setSessionCookie } from './session-cookie.js';
import { SESSION_COOKIE, sessionToken } from './identity.service.js';
import { SessionService } from './session.service.js';

/** The sign-in page, and who is signed in. */
@ApiExcludeController()
@Controller()
export class SignInController {
  constructor(
    private readonly sessions: SessionService,
    private readonly views: ViewRenderer,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Access('public')
  @Get('sign-in')
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(@Query('next') next: unknown): string {
    return this.views.render('sign-in', { title: 'Sign in', next: localPath(next) });
  }

  @Access('public')
  @Post('sign-in')
  async signIn(
    @Body() body: Record<string, unknown> | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const [name, password, next] = [text(body?.name), text(body?.password), localPath(body?.next)];
    try {
      const { token, expiresAt } = await this.sessions.open(name, password, actorOf(request).from);
      setSessionCookie(response, { token, expiresAt }, this.config);
      response.redirect(303, next);
    } catch (error) {
      if (!(error instanceof AppError) || error.httpStatus >= 500) throw error;
      const view = { title: 'Sign in', next, name, problem: problemView(error, pageContext().i18n) };
      response.status(error.httpStatus).type('html').send(this.views.render('sign-in', view));
    }
  }

  @Access('viewer')
  @Post('sign-out')
  async signOut(@Req() request: Request, @Res() response: Response): Promise<void> {
    const token = sessionToken(request);
    if (token !== null) await this.sessions.close(token);
    response.clearCookie(SESSION_COOKIE, { path: '/' });
    response.redirect(303, '/sign-in');
  }

  @Access('viewer')
  @Get('me')
  me(@Req() request: Request): object {
    const { name, role, sites, lines } = identityOf(request)!;
    return { name, role, sites, lines };
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 1024) : '';
}

/** A path of ours to go on to, never another site's. */
function localPath(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])[\w/?&=.%+-]*$/.test(value) ? value : '/';
}
