import { describe } from '@jest/globals';
import { CHROMIUM } from '../../scripts/browser.mjs';

export { launchBrowser } from '../../scripts/browser.mjs';

/** `describe` where a browser is installed; else a skipped one that says what is missing. */
export function describeWithBrowser(name: string, body: () => void): void {
  if (CHROMIUM) describe(name, body);
  else describe.skip(`${name} (skipped: no Chromium; apt-get install chromium)`, body);
}
