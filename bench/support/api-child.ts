import { startService } from '../../src/main.js';

/** Serves HTTP alone; tells its address, and its memory when asked. */
const overrides = JSON.parse(process.argv[2] ?? '[]') as string[];
const service = await startService({ overrides, worker: 'none' });
process.on('message', () => process.send?.({ residentBytes: process.memoryUsage.rss() }));
process.on('disconnect', () => void service.stop().then(() => process.exit(0)));
process.send?.({ url: service.url });
