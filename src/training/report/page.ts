import type { ReportLanguage } from '../config.js';
import { html, raw, type Html } from './html.js';
import { reportStyle } from './style.js';

/** A page that brings its style and font along. */
export async function page(language: ReportLanguage, title: string, content: Html): Promise<string> {
  const { text } = html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(await reportStyle(language))}
        </style>
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html>`;
  return `${text.replace(/\n\s+/g, '\n').trim()}\n`;
}

const LANGUAGE = /<html lang="([\w-]+)"/;

/** What a written page says that it is written in; null for what is no such page. */
export function pageLanguage(start: string): string | null {
  return LANGUAGE.exec(start)?.[1] ?? null;
}
