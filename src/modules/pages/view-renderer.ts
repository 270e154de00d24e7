import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import Handlebars from 'handlebars';
import { packageRoot } from '../../infra/config/index.js';
import { currentIdentity } from '../auth/access-scope.js';

const LAYOUT = 'layout';

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
    this.handlebars.registerHelper('eq', (a: unknown, b: unknown) => a === b);
  }

  /** @returns a whole HTML page; `view.title` goes into its head. */
  render(name: string, view: { readonly title: string } & Readonly<Record<string, unknown>>): string {
    const identity = currentIdentity();
    const signedIn = identity !== null && identity.csrfToken !== null;
    const common = {
      csrfToken: identity?.csrfToken ?? null,
      person: signedIn ? identity.name.replace(/^user:/, '') : null,
    };
    const body = this.template(name)({ ...common, ...view });
    return this.template(LAYOUT)({ ...common, ...view, body });
  }

  private template(name: string): Handlebars.TemplateDelegate {
    const template = this.templates.get(name);
    if (!template) throw new Error(`There is no view ${name}.hbs in views/.`);
    return template;
  }
}
