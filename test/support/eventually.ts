import { setTimeout as pause } from 'node:timers/promises';

/** Longer than anything takes, also on a slow machine with other work to do: it only ends tests that hang. */
const LIMIT_MS = 180_000;

/** Waits until `condition` holds, asking again every few milliseconds; for states that send no event. */
export async function eventually(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`expected ${condition.toString()} within ${LIMIT_MS} ms`);
    await pause(10);
  }
}
