#!/usr/bin/env node
// Compiles the sources and benchmarks to dist-bench/ (incremental) and runs one: npm run bench -- <name>
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.bench.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) console.error('bench: the type check reported errors (above); running what was emitted');
await import(new URL('../dist-bench/bench/main.js', import.meta.url).href);
