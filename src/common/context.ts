import { AsyncLocalStorage } from 'node:async_hooks';

interface Frame {
  readonly slot: unknown;
  readonly value: unknown;
  readonly outer: Frame | undefined;
}

/** One store for all slots: Node carries each store through every promise and callback, and that costs time. */
const frames = new AsyncLocalStorage<Frame>();

/** A value that goes along with everything an action calls and awaits. */
export class ContextSlot<T> {
  run<R>(value: T, action: () => R): R {
    return frames.run({ slot: this, value, outer: frames.getStore() }, action);
  }

  /** Undefined outside of `run`. */
  get(): T | undefined {
    let frame = frames.getStore();
    while (frame && frame.slot !== this) frame = frame.outer;
    return frame?.value as T | undefined;
  }
}
