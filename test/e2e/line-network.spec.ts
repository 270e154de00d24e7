import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startService, type RunningService } from '../../src/main.js';
import { describeWithBrowser } from '../support/browser.js';
import { BrowserPages } from '../support/browser-pages.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';

const HOST = 'line-pc.test';
const PASSWORD = 'correct horse battery';

/**
 * Browsers trust the loopback address as they trust TLS. Over plain HTTP by any other name, as the computers of a line
 * ask, they send no Fetch Metadata and keep no cookie that wants TLS.
 */
describeWithBrowser('over plain HTTP from another computer', () => {
  let place: ServicePlace;
  let service: RunningService;
  let browser: BrowserPages;

  beforeAll(async () => {
    place = await createServicePlace();
    const alone = await startService({ overrides: place.overrides, worker: 'none' });
    await alone.users.add({ name: 'root', role: 'admin', password: PASSWORD }, { name: 'cli:root', from: 'terminal' });
    await alone.stop();
    const reachable = ['server.host=0.0.0.0', `server.allowedInputRoots=${JSON.stringify([place.root])}`];
    service = await startService({ overrides: [...place.overrides, ...reachable], worker: 'none' });
    browser = await BrowserPages.launch([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`]);
  });

  afterAll(async () => {
    await browser.close();
    await service.stop();
    await place.release();
  });

  it('lets people sign in, send forms and sign out', async () => {
    const url = `http://${HOST}:${new URL(service.url!).port}`;
    const page = await browser.open(url);
    expect(await page.evaluate(() => (globalThis as unknown as { isSecureContext: boolean }).isSecureContext)).toBe(
      false,
    );
    await page.fill('[name=name]', 'root');
    await page.fill('[name=password]', PASSWORD);
    await page.click('button[type=submit]');
    await page.waitForURL(`${url}/`);
    await page.goto(`${url}/settings/users`);
    expect(await page.locator('h1').textContent()).toBe('Users');
    await page.click('form[action="/sign-out"] button');
    await page.waitForURL(/sign-in/);
    expect(await browser.endTest()).toEqual([]);
  });

  it('still refuses what a page of another site sends', async () => {
    const post = (origin: string): Promise<Response> =>
      fetch(`${service.url}/sign-in`, { method: 'POST', headers: { Origin: origin }, redirect: 'manual' });
    for (const origin of ['http://evil.test', 'null']) expect((await post(origin)).status).toBe(403);
  });
});
