import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { launchBrowser } from './browser.js';

/** A phone with a touch screen. */
export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** Longer than anything takes, also on a slow machine with other work to do: it only ends tests that hang. */
const LIMIT_MS = 180_000;

/** Pages of one browser, with what went wrong in them. */
export class BrowserPages {
  private problems: string[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly axe: string,
  ) {}

  /** @param flags of Chromium, besides those of `launchBrowser` */
  static async launch(flags: readonly string[] = []): Promise<BrowserPages> {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    return new BrowserPages(await launchBrowser(flags), axe);
  }

  /**
   * A page in a context of its own. Scripts that fail, what the content security policy stopped and requests to
   * anywhere but the page's own origin are kept for `endTest`.
   */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ locale: 'en-GB', ...options });
    context.setDefaultTimeout(LIMIT_MS);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) this.problems.push(message.text());
    });
    const { origin } = new URL(url);
    page.on('request', (request) => {
      const asked = new URL(request.url());
      if (asked.protocol.startsWith('http') && asked.origin !== origin) this.problems.push(request.url());
    });
    await page.goto(url);
    return page;
  }

  /** Clicks what leads to another page, or to the same one anew, and waits until that is there with its scripts. */
  async follow(page: Page, target: Locator): Promise<void> {
    // It may have come with a page that is not whole yet: the next one to be is then not that which is meant.
    await target.waitFor();
    await page.waitForLoadState('load');
    await Promise.all([page.waitForEvent('load'), target.click()]);
  }

  /** Closes every page of the test and tells what went wrong in them. */
  async endTest(): Promise<string[]> {
    await Promise.all(this.browser.contexts().map((context) => context.close()));
    return this.problems.splice(0);
  }

  /** Everything serious that axe finds on the page, in words. */
  async barriers(page: Page): Promise<string[]> {
    await page.evaluate(this.axe);
    return page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
      };
      const { violations } = await axe.run();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      return serious.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
    });
  }

  /** By how many pixels the page is wider than its window. */
  sidewaysPx(page: Page): Promise<number> {
    return page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
