import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { startService, type RunningService } from '../../src/main.js';
import { eventually } from '../support/eventually.js';
import { describeWithFirefox, Firefox } from '../support/firefox.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';

/** A folder for pictures of the pages, for people; none are taken without it. */
const PICTURES = process.env.POLARLINE_TEST_PICTURES;

describeWithFirefox('pages in Firefox', () => {
  let place: ServicePlace;
  let service: RunningService;
  let line: TinyLine;
  let firefox: Firefox;
  let origin: string;

  beforeAll(async () => {
    place = await createServicePlace();
    line = await createTinyLine(place.root, { boards: 8, ng: 4 });
    service = await startService({ overrides: place.overrides, worker: 'inProcess' });
    origin = service.url!;
    firefox = await Firefox.launch();
  });

  afterAll(async () => {
    await firefox?.close();
    await service?.stop();
    await place?.release();
  });

  const text = (selector: string): Promise<string | null> =>
    firefox.run(`return document.querySelector(${JSON.stringify(selector)})?.textContent.trim() ?? null`);
  const shows = (selector: string): Promise<void> =>
    eventually(async () => (await text(selector).catch(() => null)) !== null);
  const click = (selector: string): Promise<void> =>
    firefox.run(`document.querySelector(${JSON.stringify(selector)}).click()`);
  const fill = (selector: string, value: string): Promise<void> =>
    firefox.run(`const field = document.querySelector(${JSON.stringify(selector)});
      field.value = ${JSON.stringify(value)};
      for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));`);
  const at = (): Promise<string> => firefox.run('return location.pathname');
  const picture = async (name: string): Promise<void> => {
    if (PICTURES) await firefox.screenshot(join(PICTURES, `firefox-${name}.png`));
  };

  it('walks from a folder over the gate by keys to results, with no script error', async () => {
    const query = new URLSearchParams({ preset: 'quick-check', line_id: 'V31', metadata_csv: line.metadataCsv });
    await firefox.open(`${origin}/train/new?${query.toString()}`);
    await fill('#input_dir', line.inputDir);
    await click('#check-button');
    await shows('#check .class-card');
    await picture('new-training');
    await fill('[name="s.training.maxEpochs"]', '2');
    await click('button[value=start]');
    await shows('a[href^="/orientation/"]');
    const id = (await at()).split('/').at(-1)!;
    await click('a[href^="/orientation/"]');
    await shows('.gate-card.current');
    await picture('gate');
    await firefox.press('ArrowUp');
    await eventually(async () => (await text('#gate-count')) === '1 of 2');
    await eventually(async () => (await text('#gate-saved')) === 'Draft saved');
    await firefox.reload();
    expect(await text('#gate-count')).toBe('1 of 2');
    await firefox.press('1');
    await eventually(async () => (await text('#gate-count')) === '2 of 2');
    await firefox.press('Enter');
    await shows('#gate-summary[open]');
    await firefox.press('Enter');
    // A page on its way to another one cannot be asked.
    await eventually(async () => (await at().catch(() => '')) === `/tasks/${id}`);
    await shows('.status-completed');
    await eventually(async () => (await firefox.run('return document.querySelectorAll("#epochs tr").length')) === 2);
    expect(await firefox.problems(origin)).toEqual([]);

    const { goldens } = (await (await fetch(`${origin}/training/golden/${id}`)).json()) as {
      goldens: { id: string }[];
    };
    const paths = {
      dashboard: '/',
      'new-training': `/train/new?from=${id}`,
      task: `/tasks/${id}`,
      rejected: `/tasks/${id}/rejected`,
      results: `/tasks/${id}/results`,
      'result-images': `/tasks/${id}/results/images`,
      'golden-swap': `/tasks/${id}/results/golden?golden=${encodeURIComponent(goldens[0]!.id)}`,
      compare: `/compare?a=${id}&b=${id}`,
      images: '/images',
      'image-trash': '/images/trash',
      settings: '/settings',
      'settings-service': '/settings/service',
      users: '/settings/users',
      keys: '/settings/keys',
      audit: '/settings/audit',
      account: '/settings/account',
      'not-found': '/nowhere',
    };
    for (const [width, height] of [
      [1280, 900],
      [500, 900],
    ] as const) {
      await firefox.resize(width, height);
      for (const [name, path] of Object.entries(paths)) {
        await firefox.open(origin + path);
        expect([path, await text('h1')]).toEqual([path, expect.stringMatching(/\S/)]);
        const sideways = await firefox.run(
          'return document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect([path, width, sideways]).toEqual([path, width, 0]);
        await picture(`${name}-${width}`);
        expect([path, await firefox.problems(origin)]).toEqual([path, []]);
      }
    }
  });

  it('would notice a script error', async () => {
    await firefox.open(origin);
    await firefox.run(
      "const script = document.createElement('script'); script.textContent = '1'; document.head.append(script)",
    );
    expect(await firefox.problems(origin)).toEqual([expect.stringContaining('Content-Security-Policy')]);
  });
});
