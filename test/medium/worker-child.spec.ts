import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QUEUE_NAMES } from '../../src/modules/queue/job-names.js';
import { eventually } from '../support/eventually.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';

describe('the worker beside the service', () => {
  let place: ServicePlace;
  beforeAll(async () => {
    place = await createServicePlace(['logging.level=info']);
  });
  afterAll(() => place.release());

  it('is started again also when the system could not start it for a while, which ended the service', async () => {
    const script = join(import.meta.dirname, '..', 'support', 'worker-child-process.mjs');
    const keeper = fork(script, [JSON.stringify({ overrides: place.overrides })], {
      env: process.env,
      execArgv: [],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    const said: { readonly message: string; readonly code?: string }[] = [];
    keeper.on('message', (message: { message: string }) => said.push(message));
    let queues = 0;
    createInterface({ input: keeper.stderr! }).on('line', (line) => (queues += Number(line.includes('Taking jobs'))));
    const gone = once(keeper, 'exit');
    const until = (condition: () => boolean): Promise<void> =>
      eventually(() => {
        if (keeper.exitCode !== null) throw new Error(`it ended with code ${keeper.exitCode}`);
        return condition();
      });
    try {
      await until(() => said.some(({ message }) => message === 'started') && queues === QUEUE_NAMES.length);
      keeper.send('break');
      await until(() => said.filter(({ message }) => message.includes('could not be started')).length >= 2);
      expect(said.at(-1)!.code).toBe('ENOENT');
      keeper.send('mend');
      await until(() => queues === 2 * QUEUE_NAMES.length);
      keeper.send('stop');
      expect(await gone).toEqual([0, null]);
    } finally {
      if (keeper.exitCode === null) keeper.kill('SIGKILL');
    }
  });
});
