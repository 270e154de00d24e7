import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import Handlebars from 'handlebars';
import { packageRoot } from '../../infra/config/index.js';
import { currentIdentity } from '../auth/access-scope.js';
import { correlationIdOf } from '../http/correlation.js';
import { toErrorBody } from '../http/error-body.js';
import { errorView } from './error.view.js';
import { LANGUAGES, LANGUAGE_CODES, pageContext, type MessageKey } from './i18n/index.js';
import { mainNavigation, settingsNavigation } from './navigation.js';
import { PageAssets } from './page-assets.js';

const LAYOUT = 'layout';
/** Stands for the content while the layout is filled in; nothing else there can hold it, since `<` is escaped. */
const BODY = '<body-of-page>';

type PageView = { readonly title: string } & Readonly<Record<string, unknown>>;

interface Page {
  readonly above: string;
  readonly below: string;
  readonly fill: (template: string, view: PageView) => string;
}

/** Pages that are rendered from outside of this folder, by people who need not know its texts. */
const PAGES_WITH_OWN_TITLE: Readonly<Record<string, MessageKey | undefined>> = {
  'sign-in': 'sign-in.title',
};

/** Renders views/<name>.hbs inside views/layout.hbs. Views are plain objects; helpers only format. */
@Injectable()
export class ViewRenderer {
  private readonly handlebars = Handlebars.create();
  private readonly templates = new Map<string, Handlebars.TemplateDelegate>();

  constructor(assets: PageAssets) {
    const folder = join(packageRoot(), 'views');
    for (const file of readdirSync(join(folder, 'partials'))) {
      if (file.endsWith('.hbs'))
        this.handlebars.registerPartial(basename(file, '.hbs'), readFileSync(join(folder, 'partials', file), 'utf8'));
    }
    for (const file of readdirSync(folder)) {
      if (file.endsWith('.hbs'))
        this.templates.set(
          basename(file, '.hbs'),
          this.handlebars.compile(readFileSync(join(folder, file), 'utf8'), { strict: false }),
        );
    }
    this.handlebars.registerHelper('asset', (file: string) => assets.url(file));
    this.handlebars.registerHelper('t', (key: MessageKey, { hash }: Handlebars.HelperOptions) =>
      pageContext().i18n.t(key, hash as Record<string, string | number>),
    );
  }

  /** @returns a whole HTML page; `view.title` goes into its head. */
  render(name: string, view: PageView): string {
    const page = this.pageOf(name, view);
    return page.above + page.fill(name, view) + page.below;
  }

  /**
   * Sends a page in two parts: views/<name>-top.hbs at once, so that the browser fetches style and scripts and shows the
   * heading meanwhile, and the rest when it is known. What goes wrong by then is told in the page: its status is sent.
   */
  async stream(response: Response, name: string, top: PageView, rest: Promise<PageView>): Promise<void> {
    const page = this.pageOf(name, top);
    response.type('html').write(page.above + page.fill(`${name}-top`, top));
    try {
      response.end(page.fill(name, await rest) + page.below);
    } catch (error) {
      const body = toErrorBody(error, correlationIdOf(response.req));
      response.end(page.fill('error', errorView(body, pageContext().i18n)) + page.below);
      await finished(response).catch(() => undefined);
      throw error;
    }
  }

  /** What stands around a page's content, and how to fill in a part of it. */
  private pageOf(name: string, view: PageView): Page {
    const identity = currentIdentity();
    const signedIn = identity !== null && identity.csrfToken !== null;
    const { i18n, path } = pageContext();
    const visitor = identity && { role: identity.role, signedIn };
    const title = PAGES_WITH_OWN_TITLE[name];
    const navigation = mainNavigation(visitor, path, i18n);
    const common = {
      language: i18n.language,
      languages: LANGUAGE_CODES.map((code) => ({
        code,
        name: LANGUAGES[code].name,
        current: code === i18n.language,
        url: `/language/${code}?next=${encodeURIComponent(path)}`,
      })),
      navigation,
      mayStart: navigation.some(({ url }) => url === '/train/new'),
      tabs: settingsNavigation(visitor, path, i18n),
      languageName: LANGUAGES[i18n.language].name,
      csrfToken: identity?.csrfToken ?? null,
      person: signedIn ? identity.name.replace(/^user:/, '') : null,
    };
    const layout = { ...common, ...view, ...(title ? { title: i18n.t(title) } : {}), body: BODY };
    const [above, below] = this.template(LAYOUT)(layout).split(BODY) as [string, string];
    return { above, below, fill: (part, values) => this.template(part)({ ...common, ...values }) };
  }

  private template(name: string): Handlebars.TemplateDelegate {
    const template = this.templates.get(name);
    if (!template) throw new Error(`There is no view ${name}.hbs in views/.`);
    return template;
  }
}
