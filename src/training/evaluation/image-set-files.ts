import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { writeFileAtomic, writeJsonAtomic } from '../../common/index.js';
import { ENGLISH } from '../report-texts/index.js';
import { confusionChart } from '../report/index.js';
import type { ImageSetResult } from './evaluate-image-set.js';
import { writeClassificationCsv, writeConfusionCsv } from './result-files.js';

/** Leaves the evaluation of a labelled set in a folder, under the names that a run's evaluation has. */
export async function writeImageSetResults(folder: string, result: ImageSetResult): Promise<string[]> {
  const { answers, classification, confusion, ...figures } = result;
  const { macro, weighted } = classification;
  await writeJsonAtomic(join(folder, 'test_metrics.json'), { ...figures, macro, weighted });
  await writeClassificationCsv(join(folder, 'classification_report.csv'), classification);
  await writeConfusionCsv(join(folder, 'confusion_matrix.csv'), confusion);
  const header = ['image', 'true_class', 'pred_class', 'similarity', 'correct', 'nearest'];
  const rows = answers.map((a) => [
    a.image,
    a.trueClass,
    a.predictedClass,
    a.similarity?.toFixed(6),
    a.correct,
    a.nearest,
  ]);
  const csv = stringify([header, ...rows], { cast: { boolean: String } });
  await writeFileAtomic(join(folder, 'evaluation_results.csv'), csv);
  const picture = confusionChart(confusion, { texts: ENGLISH, words: 'inside' });
  await writeFileAtomic(join(folder, 'confusion_matrix.png'), picture.png);
  return [
    'test_metrics.json',
    'classification_report.csv',
    'confusion_matrix.csv',
    'evaluation_results.csv',
    'confusion_matrix.png',
  ];
}
