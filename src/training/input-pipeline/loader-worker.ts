import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { toErrorWire } from '../../common/index.js';
import { BatchLoader, type LoaderSpec } from './batch-loader.js';
import type { LoaderReply, LoaderRequest } from './loader-thread.js';

// One decoder a picture: the batch's pictures decode beside one another already.
sharp.concurrency(1);

const loader = new BatchLoader(workerData as LoaderSpec);

parentPort!.on('message', ({ id, batch }: LoaderRequest) => {
  loader.load(batch).then(
    (images) => parentPort!.postMessage({ id, images } satisfies LoaderReply, [images.buffer as ArrayBuffer]),
    (error: unknown) => parentPort!.postMessage({ id, error: toErrorWire(error) } satisfies LoaderReply),
  );
});
