import { formatDuration } from '../cli/task-view.js';

/** Names what the demo does, times it, and remembers it for the report. */
export class Stages {
  readonly done: { readonly name: string; readonly ms: number }[] = [];

  constructor(private readonly say: (text: string) => void) {}

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.say(`${name} …`);
    const startedAt = performance.now();
    const result = await work();
    const ms = performance.now() - startedAt;
    this.done.push({ name, ms });
    this.say(`${name}: ${formatDuration(ms)}`);
    return result;
  }
}
