import { describe, expect, it } from '@jest/globals';
import { ContextSlot } from './context.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('context slots', () => {
  it('carry values through what is awaited, apart from those of other actions', async () => {
    const slot = new ContextSlot<string>();
    const look = async (): Promise<string | undefined> => {
      await nextTurn();
      return slot.get();
    };
    expect(await Promise.all([slot.run('a', look), slot.run('b', look), look()])).toEqual(['a', 'b', undefined]);
  });

  it('do not know of each other, and the inner value of one hides its outer one', () => {
    const [one, other] = [new ContextSlot<number>(), new ContextSlot<number>()];
    const seen = one.run(1, () =>
      other.run(2, () => [one.get(), other.get(), one.run(3, () => [one.get(), other.get()]), one.get()]),
    );
    expect(seen).toEqual([1, 2, [3, 2], 1]);
    expect(one.get()).toBeUndefined();
  });
});
