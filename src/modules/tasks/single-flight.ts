interface Flights<T> {
  readonly running: Promise<T>;
  /** Starts when the running one has landed; whoever asks meanwhile is on it. */
  queued: Promise<T> | null;
}

/**
 * Answers equal questions of the same moment with one answer, at most one at work at a time. Every answer was
 * begun after its question, so whoever has just changed something sees the change.
 */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Flights<T>>();

  ask(key: string, answer: () => Promise<T>): Promise<T> {
    const underway = this.flights.get(key);
    if (!underway) return this.start(key, answer);
    underway.queued ??= underway.running.then(
      () => this.start(key, answer),
      () => this.start(key, answer),
    );
    return underway.queued;
  }

  private start(key: string, answer: () => Promise<T>): Promise<T> {
    const running = answer();
    const flights: Flights<T> = { running, queued: null };
    this.flights.set(key, flights);
    const land = (): void => {
      if (flights.queued === null) this.flights.delete(key);
    };
    running.then(land, land);
    return running;
  }
}
