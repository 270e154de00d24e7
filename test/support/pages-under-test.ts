import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { RunningService } from '../../src/main.js';
import { BrowserPages } from './browser-pages.js';
import type { ServicePlace } from './service-harness.js';

/** A service and a browser that looks at it, there while the tests of a file run. */
export class PagesUnderTest<Place extends ServicePlace = ServicePlace> {
  place!: Place;
  service!: RunningService;
  browser!: BrowserPages;

  get url(): string {
    return this.service.url!;
  }

  /** A page in a context of its own, see `BrowserPages.open`. */
  readonly open = (path: string, options?: BrowserContextOptions): Promise<Page> =>
    this.browser.open(this.url + path, options);
  readonly follow = (page: Page, target: Locator): Promise<void> => this.browser.follow(page, target);
  readonly barriers = (page: Page): Promise<string[]> => this.browser.barriers(page);
  readonly sideways = (page: Page): Promise<number> => this.browser.sidewaysPx(page);
}

/** Sets both up for all tests of a file. Each test fails on what its pages did wrong, see `BrowserPages.endTest`. */
export function usePages<Place extends ServicePlace>(
  createPlace: () => Promise<Place>,
  start: (place: Place) => Promise<RunningService>,
): PagesUnderTest<Place> {
  const pages = new PagesUnderTest<Place>();
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    pages.place = await createPlace();
    closers.push(() => pages.place.release());
    pages.service = await start(pages.place);
    closers.push(() => pages.service.stop());
    pages.browser = await BrowserPages.launch();
    closers.push(() => pages.browser.close());
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });
  afterEach(async () => {
    expect(await pages.browser.endTest()).toEqual([]);
  });

  return pages;
}
