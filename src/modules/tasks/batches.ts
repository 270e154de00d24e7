interface Waiting<Q, A> {
  readonly question: Q;
  readonly answer: Promise<A>;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchLimits {
  /** Batches at work at a time. */
  readonly atOnce: number;
  /** Questions in a batch: few enough that while one is answered the next is asked. */
  readonly largest: number;
}

/**
 * Answers the questions of one moment together, equal ones once: under load a trip to the database serves many
 * callers. Work on an answer begins after its question, so whoever has just changed something sees the change.
 */
export class Batches<Q, A> {
  private readonly waiting = new Map<string, Waiting<Q, A>>();
  private underway = 0;
  private sending = false;

  /** @param answerAll takes questions and returns their answers in the same order */
  constructor(
    private readonly answerAll: (questions: readonly Q[]) => Promise<readonly A[]>,
    private readonly limits: BatchLimits = { atOnce: 2, largest: 8 },
  ) {}

  /** @param key equal for equal questions */
  ask(key: string, question: Q): Promise<A> {
    const same = this.waiting.get(key);
    if (same) return same.answer;
    let resolve!: (answer: A) => void;
    let reject!: (error: unknown) => void;
    const answer = new Promise<A>((...settle) => ([resolve, reject] = settle));
    this.waiting.set(key, { question, answer, resolve, reject });
    this.sendSoon();
    return answer;
  }

  /** After everything that has come in at this moment. */
  private sendSoon(): void {
    if (this.sending || this.waiting.size === 0 || this.underway >= this.limits.atOnce) return;
    this.sending = true;
    setImmediate(() => {
      this.sending = false;
      const batch = [...this.waiting].slice(0, this.limits.largest);
      for (const [key] of batch) this.waiting.delete(key);
      this.underway++;
      void this.settle(batch.map(([, waiting]) => waiting)).finally(() => {
        this.underway--;
        this.sendSoon();
      });
      this.sendSoon();
    });
  }

  /** A question that fails takes no other with it: after a failure each is asked alone. */
  private async settle(batch: readonly Waiting<Q, A>[]): Promise<void> {
    try {
      const answers = await this.answerAll(batch.map(({ question }) => question));
      batch.forEach(({ resolve }, index) => resolve(answers[index]!));
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      else for (const waiting of batch) await this.settle([waiting]);
    }
  }
}
