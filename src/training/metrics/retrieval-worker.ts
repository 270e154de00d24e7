import { parentPort, workerData } from 'node:worker_threads';
import { toErrorWire } from '../../common/index.js';
import { rowCount, scanAgainstGallery } from './distance-blocks.js';
import { RetrievalAccumulator } from './retrieval.js';
import type { RankingReply, RankingTask } from './retrieval-threads.js';

/** The thread of `rankInThreads`: ranks its range of queries, answers once and ends. */
const { spec, range } = workerData as RankingTask;
const send = (reply: RankingReply): void => parentPort!.postMessage(reply);

try {
  const accumulator = new RetrievalAccumulator(spec, rowCount(spec));
  const onProgress = (fraction: number): void => send({ kind: 'progress', fraction });
  await scanAgainstGallery({ ...spec, range, threads: 1, onProgress }, [accumulator.consume]);
  send({ kind: 'done', perQuery: accumulator.perQuery });
} catch (error) {
  send({ kind: 'failed', error: toErrorWire(error) });
}
