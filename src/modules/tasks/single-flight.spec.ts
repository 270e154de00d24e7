import { describe, expect, it } from '@jest/globals';
import { SingleFlight } from './single-flight.js';

describe('single flight', () => {
  it('answers equal questions of one moment together, and only with what was begun after them', async () => {
    const flights = new SingleFlight<string>();
    let world = 'before';
    const begun: string[] = [];
    const look = async (): Promise<string> => {
      const seen = world;
      begun.push(seen);
      await Promise.resolve();
      return seen;
    };
    const first = flights.ask('a', look);
    world = 'after';
    const others = [flights.ask('a', look), flights.ask('a', look), flights.ask('a', look)];
    expect(await first).toBe('before');
    expect(await Promise.all(others)).toEqual(['after', 'after', 'after']);
    expect(begun).toEqual(['before', 'after']);
  });

  it('keeps questions apart and keeps no answer for later', async () => {
    const flights = new SingleFlight<number>();
    let asked = 0;
    const count = async (): Promise<number> => ++asked;
    expect(await Promise.all([flights.ask('a', count), flights.ask('b', count)])).toEqual([1, 2]);
    expect(await flights.ask('a', count)).toBe(3);
  });

  it('asks anew after a failure', async () => {
    const flights = new SingleFlight<number>();
    const failed = flights.ask('a', () => Promise.reject(new Error('once')));
    const next = flights.ask('a', async () => 2);
    await expect(failed).rejects.toThrow('once');
    expect(await next).toBe(2);
  });
});
