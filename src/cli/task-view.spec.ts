import { describe, expect, it } from '@jest/globals';
import { percent } from './percent.js';
import { formatDuration } from './task-view.js';

describe('figures of the command line', () => {
  it('round a length of time before they split it', () => {
    expect([140, 999.6, 12_340, 59_960, 119_600, 3_599_700, 3_720_000].map(formatDuration)).toEqual([
      '140 ms',
      '1.0 s',
      '12.3 s',
      '1 min 00 s',
      '2 min 00 s',
      '1 h 00 min',
      '1 h 02 min',
    ]);
  });

  it('say 100 % of the whole alone', () => {
    expect([0.982, 0.9996, 1, null].map(percent)).toEqual(['98.2 %', '99.96 %', '100.0 %', 'not known']);
  });
});
