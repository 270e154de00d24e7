import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Bench {
  run(args: readonly string[]): Promise<void>;
}

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.js') && file !== 'main.js')
  .map((file) => file.slice(0, -3));
const [name, ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  console.error(
    `bench: expected one of ${names.join(', ')}, got ${name ?? 'nothing'}. npm run bench -- <name> [options]`,
  );
  process.exitCode = 2;
} else {
  const bench = (await import(`./${name}.js`)) as Bench;
  await bench.run(args);
}
