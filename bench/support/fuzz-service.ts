import { startService } from '../../src/main.js';
import { createServicePlace } from '../../test/support/service-harness.js';
import { createTinyLine } from '../../test/support/tiny-line.js';
import { fuzz, type ApiDocument, type FuzzResult } from './fuzz.js';

const ADMIN = { name: 'user:fuzz', from: 'here' };

/** Fuzzes a service of its own with a few tasks in it; gives everything back. */
export async function fuzzService(requests: number, seed: number): Promise<FuzzResult> {
  const place = await createServicePlace();
  try {
    const service = await startService({ overrides: [...place.overrides, 'logging.level=silent'], worker: 'none' });
    try {
      const line = await createTinyLine(place.root, { boards: 2, ng: 0 });
      const { inputDir, metadataCsv } = line;
      const start = (): Promise<{ task_id: string }> =>
        service.tasks.start({ inputDir, site: 'HPH', lineId: 'V31', metadataCsv }, ADMIN);
      const [waiting, cancelled] = [await start(), await start()];
      await service.tasks.cancel(cancelled.task_id, ADMIN);
      const document = (await (await fetch(`${service.url}/docs-json`)).json()) as ApiDocument;
      const { key } = await service.keys.add({ name: 'fuzz', role: 'admin' }, ADMIN);
      const known = [waiting.task_id, cancelled.task_id, ...line.classes, 'model', 'bundle', 'PN-1'];
      return await fuzz({ url: service.url!, document, requests, seed, key, known });
    } finally {
      await service.stop();
    }
  } finally {
    await place.release();
  }
}
