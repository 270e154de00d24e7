import type { StepContext } from '../common/index.js';
import type { Output } from './output.js';

/** Lets a long-running function of the science report to the terminal. */
export function stepContext(title: string, output: Output, signal: AbortSignal): StepContext {
  return {
    signal,
    onProgress: ({ fraction, message }) => output.progress(title, fraction, message),
    log: {
      info: (message) => output.note(message),
      warn: (message) => output.note(`warning: ${message}`),
    },
  };
}
