import { join } from 'node:path';

/** Where everything of one run lies; the only place that knows these names. */
export class RunFolder {
  constructor(readonly root: string) {}

  readonly path = (...parts: string[]): string => join(this.root, ...parts);

  get rawData(): string {
    return this.path('raw_data');
  }
  /** Who started the task on what, and who answered the gate. */
  get taskRecord(): string {
    return this.path('task.json');
  }
  get rejectedCsv(): string {
    return this.path('rejected.csv');
  }
  get orientedData(): string {
    return this.path('oriented_data');
  }
  get dataset(): string {
    return this.path('dataset');
  }
  get manifest(): string {
    return this.path('dataset', 'manifest.jsonl');
  }
  get splitCertificate(): string {
    return this.path('dataset', 'split.json');
  }
  get datasetMeanStd(): string {
    return this.path('dataset', 'mean_std.json');
  }
  /** What the data set step notes while it works: its plan, and which sources are finished. */
  get datasetPlan(): string {
    return this.path('.work', 'dataset-plan.json');
  }
  get datasetJournal(): string {
    return this.path('.work', 'dataset-done.txt');
  }
  get model(): string {
    return this.path('model');
  }
  get bestOnnx(): string {
    return this.path('model', 'best_model.onnx');
  }
  get bestWeights(): string {
    return this.path('model', 'best_model.safetensors');
  }
  get lastWeights(): string {
    return this.path('model', 'last.safetensors');
  }
  get configUsed(): string {
    return this.path('model', 'config_used.yaml');
  }
  get modelMeanStd(): string {
    return this.path('model', 'mean_std.json');
  }
  get metricsCsv(): string {
    return this.path('model', 'metrics.csv');
  }
  get checkpoints(): string {
    return this.path('model', 'checkpoints');
  }
  get results(): string {
    return this.path('results');
  }
  /** Where an evaluation builds its results before they take the place of the last. */
  get resultsStaging(): string {
    return this.path('results.next');
  }
  /** Results that later ones replaced, in `001`, `002`, …. */
  get resultsHistory(): string {
    return this.path('results_history');
  }
  get goldenSamples(): string {
    return this.path('results', 'golden_samples');
  }
  get reportHtml(): string {
    return this.path('results', 'report.html');
  }
  /** All that the report says, in no language. */
  get reportData(): string {
    return this.path('results', 'report_data.json');
  }
  get summaryReport(): string {
    return this.path('summary_report.json');
  }
}
