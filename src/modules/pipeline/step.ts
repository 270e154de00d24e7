import type { StepContext } from '../../common/index.js';
import type { ClassifiedImage, RunFolder } from '../../dataset/index.js';
import { readJsonl } from './jsonl.js';
import type { TrainConfig } from '../../training/config.js';
import type { Transaction } from '../leases/index.js';
import type { StepName } from '../tasks/task-steps.js';
import type { TaskCounts, TaskEntity } from '../tasks/task.entity.js';

/** What a step may read: the task as it was claimed, its own folder and its resolved configuration. */
export interface StepInput {
  readonly task: Readonly<TaskEntity>;
  readonly folder: RunFolder;
  readonly config: TrainConfig;
}

/** What a step leaves behind, written in the same transaction that marks it finished. */
export interface StepOutcome {
  /** A short summary for the step's row; what is long goes into the run folder. */
  readonly result: Record<string, unknown>;
  readonly counts?: TaskCounts;
  readonly save?: (tx: Transaction) => Promise<void>;
}

/**
 * One piece of the main job. A step may be killed at any point and is then run again from its start (or its
 * own checkpoint): it writes files whole, and doing it twice ends in the same state.
 */
export interface PipelineStep {
  readonly name: StepName;
  run(input: StepInput, ctx: StepContext): Promise<StepOutcome>;
}

export const PIPELINE_STEPS = Symbol('PIPELINE_STEPS');

/** Intermediate files between the steps before the gate. */
export const workFiles = {
  images: (folder: RunFolder): string => folder.path('work', 'images.jsonl'),
  scanRejections: (folder: RunFolder): string => folder.path('work', 'rejected_by_scan.jsonl'),
  classified: (folder: RunFolder): string => folder.path('work', 'classified.jsonl'),
  /** Classified images with the place they were linked to. */
  collected: (folder: RunFolder): string => folder.path('work', 'collected.jsonl'),
  metadataRejections: (folder: RunFolder): string => folder.path('work', 'rejected_by_metadata.jsonl'),
} as const;

export interface CollectedImage extends ClassifiedImage {
  /** Relative to the run folder, with forward slashes. */
  readonly rawPath: string;
}

export async function loadClassified(folder: RunFolder): Promise<ClassifiedImage[]> {
  const images: ClassifiedImage[] = [];
  for await (const image of readJsonl<ClassifiedImage>(workFiles.classified(folder))) images.push(image);
  return images;
}

export async function loadCollected(folder: RunFolder): Promise<CollectedImage[]> {
  const images: CollectedImage[] = [];
  for await (const image of readJsonl<CollectedImage>(workFiles.collected(folder))) images.push(image);
  return images;
}
