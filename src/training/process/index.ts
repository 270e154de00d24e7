export {
  type EmbedJob,
  type EmbedSummary,
  type EvaluateJob,
  type Job,
  type JobResult,
  type ReportJob,
  type TrainJob,
} from './job.js';
export { runInChildProcess } from './run-in-child-process.js';
