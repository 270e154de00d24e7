import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startService, type RunningService } from '../../src/main.js';
import { eventually } from '../support/eventually.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';

const ANN = { name: 'user:ann', from: 'here' };

(hasRedis() ? describe : describe.skip)('the queue on Redis (needs redis-server)', () => {
  let place: ServicePlace;
  let redis: TestRedis;
  let service: RunningService;
  let line: TinyLine;

  beforeAll(async () => {
    redis = await startRedis();
    place = await createServicePlace([`queue.redisUrl=${redis.url}`]);
    line = await createTinyLine(place.root, { boards: 3, ng: 0 });
    service = await startService({ overrides: place.overrides, worker: 'inProcess', http: false });
  });

  afterAll(async () => {
    await service?.stop();
    await place?.release();
    await redis?.stop();
  });

  it('carries a task to the gate, over a cancel and a retry', async () => {
    const { inputDir, metadataCsv } = line;
    const task = await service.tasks.start({ inputDir, site: 'HPH', lineId: 'V31', metadataCsv }, ANN);
    await eventually(async () => (await service.tasks.get(task.task_id)).status === 'pending_orientation');
    await service.tasks.cancel(task.task_id, ANN);
    expect((await service.tasks.retry(task.task_id, ANN)).status).toBe('pending_orientation');
    expect((await service.orientation.samples(task.task_id)).classes.map((one) => one.class)).toEqual(line.classes);
  });
});
