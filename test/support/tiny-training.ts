import { eventually } from './eventually.js';
import type { TinyLine } from './tiny-line.js';

/** Training settings under which a run takes seconds: for tests of everything around the training. */
export const TINY_TRAINING = {
  model: { backbone: 'tiny', embeddingSize: 16, hiddenDim: 32, attentionHeads: 2 },
  data: { imageSizePx: 32, loaderThreads: 1 },
  training: { maxEpochs: 2, batchSize: 8, threads: 1 },
  evaluation: { bootstrapSamples: 50 },
} as const;

/** Body of `POST /training/start` for it. */
export function tinyTrainingRequest({ inputDir, metadataCsv }: TinyLine): Record<string, unknown> {
  return {
    input_dir: inputDir,
    site: 'HPH',
    line_id: 'V31',
    metadata_csv: metadataCsv,
    model_config: { ...TINY_TRAINING.model, embedding_size: 16, embeddingSize: undefined },
    data_config: TINY_TRAINING.data,
    training_config: TINY_TRAINING.training,
    evaluation_config: TINY_TRAINING.evaluation,
    max_epochs: 2,
  };
}

/** Starts one over REST and waits until it is at its gate. @returns the task's id */
export async function tinyTrainingAtGate(url: string, line: TinyLine): Promise<string> {
  const answer = await fetch(`${url}/training/start`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(tinyTrainingRequest(line)),
  });
  const { task_id } = (await answer.json()) as { task_id: string };
  await eventually(async () => {
    const task = (await (await fetch(`${url}/training/status/${task_id}`)).json()) as { status: string };
    return task.status === 'pending_orientation';
  });
  return task_id;
}
