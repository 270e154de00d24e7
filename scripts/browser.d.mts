import type { Browser } from 'playwright-core';

export const CHROMIUM: string | undefined;
export function launchBrowser(flags?: readonly string[]): Promise<Browser>;
