/**
 * Why a signal is aborted, where whoever stops says how long an end may take: so long a child process may write its
 * checkpoint before it is killed. Null leaves that to what is stopped.
 */
export class StopRequest extends Error {
  constructor(
    message: string,
    readonly graceMs: number | null = null,
  ) {
    super(message);
    this.name = 'StopRequest';
  }
}
