/**
 * Turns Ctrl-C (and a polite stop from a service manager) into an abort. A second one ends the process at once.
 */
export class Interrupt {
  private readonly controller = new AbortController();
  private readonly listener = (): void => {
    if (this.controller.signal.aborted) process.exit(130);
    this.controller.abort();
  };

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  listen(): this {
    process.on('SIGINT', this.listener);
    process.on('SIGTERM', this.listener);
    // A parent on Windows has no signals to send: it closes the channel.
    process.on('disconnect', this.listener);
    return this;
  }

  stop(): void {
    process.off('SIGINT', this.listener);
    process.off('SIGTERM', this.listener);
    process.off('disconnect', this.listener);
  }
}
