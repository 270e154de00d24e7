import type { NamedTensors } from '../../src/training/engines/engine.js';

/**
 * Start values without scales of zero. The last batch norm of a block with a skip starts at zero: no gradient reaches
 * its block, and an exported model has nothing to compute there. Ones instead.
 */
export function openBlocks(parameters: NamedTensors): NamedTensors {
  return new Map(
    [...parameters].map(([name, { shape, data }]) => {
      const isClosed = name.endsWith('.weight') && data.every((value) => value === 0);
      return [name, { shape, data: isClosed ? data.map(() => 1) : data }];
    }),
  );
}
