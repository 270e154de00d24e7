import { parseArgs } from 'node:util';
import { fuzzService } from './support/fuzz-service.js';

const OPTIONS = {
  requests: { type: 'string', default: '10000' },
  seed: { type: 'string', default: '1' },
} as const;

/** Requests after the OpenAPI document, right and wrong ones: none may be answered by 5xx. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { requests, byStatus, byRoute, failures } = await fuzzService(Number(values.requests), Number(values.seed));
  console.log(`${requests} requests (seed ${values.seed}), answers by status:`);
  console.table(byStatus);
  console.table(byRoute);
  for (const { request, got } of failures.slice(0, 20)) console.log(JSON.stringify({ request, got }));
  console.log(`${failures.length} answers that may not be`);
  if (failures.length > 0) process.exitCode = 1;
}
