import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startService, type RunningService } from '../../src/main.js';
import { eventually } from '../support/eventually.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';
import { freePort } from '../support/free-port.js';

const ANN = { name: 'user:ann', from: 'here' };
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

(hasRedis ? describe : describe.skip)('the queue on Redis (needs redis-server)', () => {
  let place: ServicePlace;
  let redis: ChildProcess;
  let service: RunningService;
  let line: TinyLine;

  beforeAll(async () => {
    const port = await freePort();
    redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']);
    for await (const text of redis.stdout!) if (String(text).includes('Ready to accept connections')) break;
    place = await createServicePlace([`queue.redisUrl=redis://127.0.0.1:${port}`]);
    line = await createTinyLine(place.root, { boards: 3, ng: 0 });
    service = await startService({ overrides: place.overrides, worker: 'inProcess', http: false });
  });

  afterAll(async () => {
    await service.stop();
    await place.release();
    redis.kill();
    await once(redis, 'exit');
  });

  it('carries a task to the gate, over a cancel and a retry', async () => {
    const { inputDir, metadataCsv } = line;
    const task = await service.tasks.start({ inputDir, site: 'HPH', lineId: 'V31', metadataCsv }, ANN);
    await eventually(async () => (await service.tasks.get(task.task_id)).status === 'pending_orientation', 60_000);
    await service.tasks.cancel(task.task_id, ANN);
    expect((await service.tasks.retry(task.task_id, ANN)).status).toBe('pending_orientation');
    expect((await service.orientation.samples(task.task_id)).classes.map((one) => one.class)).toEqual(line.classes);
  });
});
