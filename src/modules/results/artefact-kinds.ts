import type { RunFolder } from '../../dataset/index.js';

/** What can be downloaded of a finished run; `files` of one name each, `folders` as a ZIP. */
export const ARTEFACT_FILES = {
  model: { file: (run: RunFolder) => run.bestWeights, mediaType: 'application/octet-stream', required: true },
  onnx: { file: (run: RunFolder) => run.bestOnnx, mediaType: 'application/octet-stream', required: true },
  evaluation_csv: {
    file: (run: RunFolder) => run.path('results', 'evaluation_results.csv'),
    mediaType: 'text/csv; charset=utf-8',
    required: true,
  },
  confusion_matrix: {
    file: (run: RunFolder) => run.path('results', 'confusion_matrix.png'),
    mediaType: 'image/png',
    required: true,
  },
  class_accuracy: {
    file: (run: RunFolder) => run.path('results', 'class_accuracy.png'),
    mediaType: 'image/png',
    required: true,
  },
  similarity_dist: {
    file: (run: RunFolder) => run.path('results', 'similarity_distribution.png'),
    mediaType: 'image/png',
    required: true,
  },
  summary: { file: (run: RunFolder) => run.summaryReport, mediaType: 'application/json', required: true },
  report: { file: (run: RunFolder) => run.reportHtml, mediaType: 'text/html; charset=utf-8', required: false },
} as const satisfies Record<string, ArtefactFile>;

interface ArtefactFile {
  readonly file: (run: RunFolder) => string;
  readonly mediaType: string;
  /** A run without it has not finished. */
  readonly required: boolean;
}

export type ArtefactFileKind = keyof typeof ARTEFACT_FILES;

/** Made when asked for: the golden sample pictures, and all that a line needs. */
export const ARTEFACT_ARCHIVES = ['golden_samples', 'bundle'] as const;
export type ArtefactKind = ArtefactFileKind | (typeof ARTEFACT_ARCHIVES)[number];

export const ARTEFACT_KINDS: readonly ArtefactKind[] = [
  ...(Object.keys(ARTEFACT_FILES) as ArtefactFileKind[]),
  ...ARTEFACT_ARCHIVES,
];
