import { Module } from '@nestjs/common';
import { GoldensModule } from '../goldens/goldens.module.js';
import { ImagePoolModule } from '../image-pool/image-pool.module.js';
import { OrientationModule } from '../orientation/orientation.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { InputCheckService } from './input-check.service.js';
import { PipelineService } from './pipeline.service.js';
import { Reconciler } from './reconciler.js';
import { PIPELINE_STEPS, type PipelineStep } from './step.js';
import { ClassifyStep } from './steps/classify.step.js';
import { CollectStep } from './steps/collect.step.js';
import { DatasetStep } from './steps/dataset.step.js';
import { EvaluateStep } from './steps/evaluate.step.js';
import { SamplesStep } from './steps/samples.step.js';
import { ScanStep } from './steps/scan.step.js';
import { SummaryStep } from './steps/summary.step.js';
import { TrainStep } from './steps/train.step.js';
import { TaskLeases } from './task-leases.js';
import { WorkerRunner } from './worker-runner.js';

const STEP_CLASSES = [
  ScanStep,
  ClassifyStep,
  CollectStep,
  SamplesStep,
  DatasetStep,
  TrainStep,
  EvaluateStep,
  SummaryStep,
];

@Module({
  imports: [TasksModule, OrientationModule, GoldensModule, ImagePoolModule],
  providers: [
    ...STEP_CLASSES,
    { provide: PIPELINE_STEPS, useFactory: (...steps: PipelineStep[]) => steps, inject: STEP_CLASSES },
    TaskLeases,
    PipelineService,
    WorkerRunner,
    Reconciler,
    InputCheckService,
  ],
  exports: [PipelineService, WorkerRunner, Reconciler, InputCheckService],
})
export class PipelineModule {}
