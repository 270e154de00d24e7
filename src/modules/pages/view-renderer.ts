import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import Handlebars from 'handlebars';
import { packageRoot } from '../../infra/config/index.js';
import { currentIdentity } from '../auth/access-scope.js';
import { LANGUAGES, LANGUAGE_CODES, pageContext, type MessageKey } from './i18n/index.js';
import { mainNavigation, settingsNavigation } from './navigation.js';

const LAYOUT = 'layout';

/** Pages that are rendered from outside of this folder, by people who need not know its texts. */
const PAGES_WITH_OWN_TITLE: Readonly<Record<string, MessageKey | undefined>> = {
  'sign-in': 'sign-in.title',
};

/** Renders views/<name>.hbs inside views/layout.hbs. Views are plain objects; helpers only format. */
@Injectable()
export class ViewRenderer {
  private readonly handlebars = Handlebars.create();
  private readonly templates = new Map<string, Handlebars.TemplateDelegate>();

  constructor() {
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
    this.handlebars.registerHelper('t', (key: MessageKey, { hash }: Handlebars.HelperOptions) =>
      pageContext().i18n.t(key, hash as Record<string, string | number>),
    );
  }

  /** @returns a whole HTML page; `view.title` goes into its head. */
  render(name: string, view: { readonly title: string } & Readonly<Record<string, unknown>>): string {
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
    const body = this.template(name)({ ...common, ...view });
    return this.template(LAYOUT)({ ...common, ...view, ...(title ? { title: i18n.t(title) } : {}), body });
  }

  private template(name: string): Handlebars.TemplateDelegate {
    const template = this.templates.get(name);
    if (!template) throw new Error(`There is no view ${name}.hbs in views/.`);
    return template;
  }
}
