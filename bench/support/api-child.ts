import { startService } from '../../src/main.js';

/** Serves HTTP alone; tells its address, and when asked its memory and the processor time it has used. */
const overrides = JSON.parse(process.argv[2] ?? '[]') as string[];
const service = await startService({ overrides, worker: 'none' });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ residentBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000 });
});
process.on('disconnect', () => void service.stop().then(() => process.exit(0)));
process.send?.({ url: service.url });
