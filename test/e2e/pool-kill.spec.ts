import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningService } from '../../src/main.js';
import { removeCompiledSources } from '../support/compiled-sources.js';
import { eventually } from '../support/eventually.js';
import { createPoolPlace, REQUEST, type PoolPlace } from '../support/pool-place.js';
import { WorkerProcess } from '../support/worker-process.js';

/** Three requests of the image server. */
const COUNT = 120;
const BATCH = 50;
const KILLS = 2;

/** Real worker processes; two are killed without warning in the middle of the second request, the third finishes it. */
describe('a download into the image pool whose worker is killed', () => {
  let place: PoolPlace;
  let service: RunningService;
  /** It may take the download before we hear that it is up. */
  let worker: Promise<WorkerProcess>;

  beforeAll(async () => {
    place = await createPoolPlace(COUNT);
    service = await place.start({ worker: 'none' });
    worker = WorkerProcess.start(place.overrides);
    await worker;
  });
  afterAll(async () => {
    await (await worker)?.kill();
    await service?.stop();
    await place?.release();
    await removeCompiledSources();
  });

  const get = async <T>(path: string): Promise<T> => (await (await fetch(`${service.url}${path}`)).json()) as T;

  it('is taken up by another worker, which fetches only what is missing and leaves nothing doubled or half-written', async () => {
    let kills = 0;
    let striking = false;
    const strike = async (): Promise<void> => {
      striking = true;
      await (await worker).kill();
      striking = false;
      kills++;
    };
    place.fault = (request) => {
      if (request === 1 || kills === KILLS) return undefined;
      if (!striking) void strike();
      return { kind: 'stalled' };
    };
    const answer = await fetch(`${service.url}/download/rawdata`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(REQUEST),
    });
    const { task_id: id } = (await answer.json()) as { task_id: string };
    for (let kill = 1; kill <= KILLS; kill++) {
      await eventually(() => kills === kill);
      expect(await get(`/download/status/${id}`)).toMatchObject({ status: 'running', stored: BATCH });
      worker = WorkerProcess.start(place.overrides);
      await worker;
    }
    const ended = ['completed', 'failed'];
    await eventually(async () => ended.includes((await get<{ status: string }>(`/download/status/${id}`)).status));

    expect(await get(`/download/status/${id}`)).toMatchObject({
      status: 'completed',
      stored: COUNT,
      known: 0,
      error: null,
    });
    const first = place.images.asked.slice(0, BATCH);
    expect(place.images.asked.slice(BATCH).filter((path) => first.includes(path))).toEqual([]);
    const { images } = await get<{ images: { file: string; url: string }[] }>('/download/images/PN-1?limit=500');
    expect(images.map(({ file }) => file).sort()).toEqual([...place.files].sort());
    for (const { file, url } of images) {
      const stored = Buffer.from(await (await fetch(`${service.url}${url}`)).arrayBuffer());
      expect([file, stored.equals(await readFile(join(place.root, 'line', file)))]).toEqual([file, true]);
    }
    const kept = await readdir(join(place.dataFolder, 'pool'), { recursive: true, withFileTypes: true });
    expect(
      kept
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...place.files].sort());
  });
});
