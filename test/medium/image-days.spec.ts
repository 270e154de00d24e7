/** @jest-environment-options {"timeZone": "Asia/Ho_Chi_Minh"} */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startService, type RunningService } from '../../src/main.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';

describe('the days that a fetch of images begins with', () => {
  let place: ServicePlace;
  let service: RunningService;

  beforeAll(async () => {
    place = await createServicePlace();
    service = await startService({ overrides: place.overrides, worker: 'none' });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await service?.stop();
    await place?.release();
  });

  it.each([
    ['half past midnight', '2026-02-28T17:30:00Z', ['2026-02-28', '2026-03-01']],
    ['the last minute of a day', '2026-03-01T16:59:00Z', ['2026-02-28', '2026-03-01']],
  ])('are yesterday and today at %s in Vietnam', async (_name, now, days) => {
    // The clock alone stands still.
    const timers = ['nextTick', 'performance', 'hrtime', 'queueMicrotask'] as const;
    const waits = [
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ] as const;
    jest.useFakeTimers({ now: new Date(now), doNotFake: [...timers, ...waits] });
    const page = await (await fetch(`${service.url}/images`)).text();
    const shown = ['start_date', 'end_date'].map(
      (name) => new RegExp(`name="${name}"[^>]* value="([^"]*)"`).exec(page)?.[1],
    );
    expect(shown).toEqual(days);
  });
});
