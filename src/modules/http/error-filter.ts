import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { LOGGER, type Logger } from '../settings/app-settings.js';
import { errorView } from '../pages/error.view.js';
import { languageOf, pageContext } from '../pages/i18n/index.js';
import { ViewRenderer } from '../pages/view-renderer.js';
import { correlationIdOf } from './correlation.js';
import { inLanguage, toErrorBody } from './error-body.js';

/** The one place where errors become answers: JSON for programs, a page for people. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly views: ViewRenderer,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const body = toErrorBody(error, correlationIdOf(request));
    const log = { correlationId: body.correlationId, method: request.method, path: request.path, code: body.code };
    if (body.statusCode >= 500) this.logger.error({ ...log, err: error }, 'Request failed');
    else this.logger.debug(log, body.message);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (body.code === 'SIGN_IN_REQUIRED' && wantsPage(request) && request.method === 'GET') {
      response.redirect(303, `/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
      return;
    }
    const { retry_after_seconds: retryAfter } = body.details;
    if (typeof retryAfter === 'number') response.setHeader('Retry-After', String(retryAfter));
    response.status(body.statusCode);
    if (wantsPage(request)) response.type('html').send(this.views.render('error', errorView(body, pageContext().i18n)));
    else {
      const { body: answer, spoken } = inLanguage(body, languageOf(request));
      response.setHeader('Content-Language', spoken);
      response.vary('Accept-Language').vary('Cookie').json(answer);
    }
  }
}

/** True for a person's browser on a page, false for programs. */
function wantsPage(request: Request): boolean {
  return request.accepts(['json', 'html']) === 'html';
}
