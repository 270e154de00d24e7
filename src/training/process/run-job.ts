import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { badInput, type StepContext } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import type { EmbedJob, EmbedSummary, Job, JobResult } from './job.js';

/** Does a job in this process; what it needs is loaded for that job alone. */
export async function runJob(job: Job, ctx: StepContext): Promise<JobResult<Job>> {
  switch (job.kind) {
    case 'train': {
      const { train } = await import('../trainer/index.js');
      return train(job, ctx);
    }
    case 'evaluate': {
      const { editGoldens, evaluateRun, readEvaluationConfig } = await import('../evaluation/index.js');
      const config = await readEvaluationConfig(job.runFolder, job.config);
      return evaluateRun({ ...job, config }, ctx, undefined, editGoldens(job.runFolder, job.goldenChoices));
    }
    case 'embed':
      return embedFolder(job, ctx);
    case 'report': {
      const { writeReport } = await import('../report/index.js');
      await writeReport(job);
      return null;
    }
  }
}

async function embedFolder(job: EmbedJob, ctx: StepContext): Promise<EmbedSummary> {
  const { embeddingWriter, listImages, streamEmbeddings, writeEmbeddings } = await import('../embedding/index.js');
  const { createOnnxEmbedder } = await import('../engines/index.js');
  embeddingWriter(job.output);
  const model = modelFile(job.model);
  const names = await listImages(job.input);
  if (names.length === 0)
    throw badInput('NO_IMAGES', `expected JPEG, PNG or BMP pictures below ${job.input}, got none.`, {
      input: job.input,
    });
  const paths = names.map((name) => join(job.input, ...name.split('/')));
  const embedder = await createOnnxEmbedder(model, { threads: job.threads ?? 0 });
  try {
    const batches = streamEmbeddings(embedder, paths, ctx, { batchSize: job.batchSize });
    const { written, unreadable } = await writeEmbeddings(job.output, batches, names, embedder.embeddingSize);
    return {
      output: job.output,
      written,
      embeddingSize: embedder.embeddingSize,
      unreadable: unreadable.map(({ path, reason }) => ({ path, reason })),
    };
  } finally {
    await embedder.dispose();
  }
}

/** @throws AppError `MODEL_MISSING` when there is neither an ONNX file nor a run folder with one. */
function modelFile(model: string): string {
  const path = existsSync(model) && statSync(model).isDirectory() ? new RunFolder(model).bestOnnx : model;
  if (!existsSync(path))
    throw badInput(
      'MODEL_MISSING',
      `expected an ONNX file or the folder of a finished run, got ${model}: ${path} does not exist.`,
      {
        model,
      },
    );
  return path;
}
