import { ContextSlot } from './context.js';

/** Throws when whoever works may no longer put files under their final names. */
export type PublishGuard = () => Promise<void>;

const guards = new ContextSlot<PublishGuard>();

/**
 * Everything that `action` does asks `guard` before a file or folder appears under its final name. A worker that
 * was taken for dead, and whose task another has by now, is stopped there.
 */
export function withPublishGuard<T>(guard: PublishGuard, action: () => T): T {
  return guards.run(guard, action);
}

/** The present guard, to be asked from elsewhere on behalf of what runs here. */
export function currentPublishGuard(): PublishGuard | undefined {
  return guards.get();
}

/** Call right before a rename to a final name. @throws what the guard throws */
export async function assertMayPublish(): Promise<void> {
  await guards.get()?.();
}
