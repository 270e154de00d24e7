import { setTimeout as pause } from 'node:timers/promises';

/** Waits until `condition` holds, asking again every few milliseconds; for states that send no event. */
export async function eventually(condition: () => Promise<boolean> | boolean, limitMs = 30_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`expected ${condition.toString()} within ${limitMs} ms`);
    await pause(10);
  }
}
