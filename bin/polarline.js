#!/usr/bin/env node
import { existsSync } from 'node:fs';

const cli = new URL('../dist/cli.js', import.meta.url);
if (!existsSync(cli)) {
  console.error(
    'polarline is not built: expected dist/cli.js. Run `npm ci` (or `npm run build`) in the project folder first.',
  );
  process.exit(1);
}
await import(cli.href);
