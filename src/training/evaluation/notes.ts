import type { TrainConfig } from '../config.js';
import type { GoldenSet } from '../golden-samples/index.js';
import type { Statement, TextKey, TextValues } from '../report-texts/index.js';
import type { EvaluationResult } from './compute-evaluation.js';
import type { RunInputs } from './run-inputs.js';

interface NotesSpec {
  readonly config: TrainConfig;
  readonly inputs: RunInputs;
  readonly goldens: GoldenSet;
  readonly result: EvaluationResult;
}

/** What a reader of the figures has to know. */
export function evaluationNotes({ config, inputs, goldens, result }: NotesSpec): Statement[] {
  const notes: Statement[] = [calibrationNote(result.calibration)];
  const note = (key: TextKey, values: TextValues = {}): void => void notes.push({ key, values });
  const leaks = result.doubts.filter(({ kind, score }) => kind === 'leak' && score === 1).length;
  if (leaks > 0) note('note.leaks', { count: leaks });
  if (inputs.certificate === null) note('note.noCertificate');
  if (result.answers.length === 0) note('note.noValidation');
  if (result.accuracy.originals.rates.escape.seen === 0) note('note.noNg');
  const strangers = new Set(
    result.answers.filter(({ ownGolden }) => !ownGolden).map(({ row }) => JSON.stringify(row.classKey)),
  );
  if (strangers.size > 0) note('note.strangers', { count: strangers.size });
  const weak = goldens.goldens.filter(({ health }) => health.status === 'weak').length;
  if (weak > 0) note('note.weakGoldens', { weak, count: goldens.goldens.length });
  if (config.data.labels === 'component') note('note.componentLabels');
  if (config.data.ng === 'calibration') note('note.ngCalibration');
  return notes;
}

/** On what the thresholds were chosen. */
export function calibrationNote({ good, ng, usesTraining }: EvaluationResult['calibration']): Statement {
  return { key: usesTraining ? 'note.calibrated.training' : 'note.calibrated.heldOut', values: { good, ng } };
}
