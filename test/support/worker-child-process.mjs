// Keeps a worker alive as the service does. On `break` its worker is killed and the system starts no process from here,
// on `mend` it does again, on `stop` all ends.
import { WorkerChild } from '../../dist/modules/process/worker-child.js';

const [options] = process.argv.slice(2);
const { execPath } = process;
const logger = { warn: ({ err }, message) => process.send({ message, code: err?.code }) };
const keeper = new WorkerChild(JSON.parse(options), 30_000, logger);
process.on('message', async (to) => {
  process.execPath = to === 'break' ? `${execPath}.gone` : execPath;
  if (to === 'break') keeper.worker.child.kill('SIGKILL');
  if (to !== 'stop') return;
  await keeper.stop();
  process.disconnect();
});
await keeper.start();
process.send({ message: 'started' });
