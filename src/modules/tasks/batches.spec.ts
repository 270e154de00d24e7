import { describe, expect, it } from '@jest/globals';
import { Batches } from './batches.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('batches', () => {
  it('answers the questions of one moment together, equal ones once', async () => {
    const asked: string[][] = [];
    const batches = new Batches<string, string>(async (questions) => {
      asked.push([...questions]);
      return questions.map((question) => question.toUpperCase());
    });
    const answers = await Promise.all(['a', 'b', 'a', 'c'].map((question) => batches.ask(question, question)));
    expect(answers).toEqual(['A', 'B', 'A', 'C']);
    expect(asked).toEqual([['a', 'b', 'c']]);
  });

  it('answers with what was begun after the question, and keeps no answer for later', async () => {
    let world = 'before';
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const batches = new Batches<string, string>(async (questions) => {
      const seen = world;
      await gate;
      return questions.map(() => seen);
    });
    const first = batches.ask('a', 'a');
    await nextTurn();
    world = 'after';
    const second = batches.ask('a', 'a');
    open();
    expect(await first).toBe('before');
    expect(await second).toBe('after');
    world = 'later';
    expect(await batches.ask('a', 'a')).toBe('later');
  });

  it('keeps to its limits while more is asked', async () => {
    const sizes: number[] = [];
    let underway = 0;
    let most = 0;
    let open: () => void = () => undefined;
    const bothUnderway = new Promise<void>((resolve) => (open = resolve));
    const batches = new Batches<number, number>(
      async (questions) => {
        most = Math.max(most, ++underway);
        sizes.push(questions.length);
        if (underway === 2) open();
        await bothUnderway;
        underway--;
        return questions;
      },
      { atOnce: 2, largest: 3 },
    );
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    expect(await Promise.all(numbers.map((n) => batches.ask(String(n), n)))).toEqual(numbers);
    expect(most).toBe(2);
    expect(Math.max(...sizes)).toBe(3);
  });

  it('lets a question fail alone, and answers it when it is asked again', async () => {
    let broken = true;
    const batches = new Batches<string, string>(async (questions) => {
      if (broken && questions.includes('bad')) throw new Error('no');
      return questions;
    });
    const [good, bad, other] = await Promise.allSettled(['good', 'bad', 'other'].map((q) => batches.ask(q, q)));
    expect([good, other]).toMatchObject([{ value: 'good' }, { value: 'other' }]);
    expect(bad).toMatchObject({ status: 'rejected', reason: new Error('no') });
    broken = false;
    expect(await batches.ask('bad', 'bad')).toBe('bad');
  });
});
