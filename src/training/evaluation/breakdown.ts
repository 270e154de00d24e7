import { classKeyId, nameClasses, type ClassKey, type Orientation } from '../../dataset/index.js';
import type { FittedThreshold } from '../calibration/index.js';
import type { Answer } from './answers.js';
import { inspectionRates, type ErrorRate, type InspectionRates } from './rates.js';
import { meanFigure, type BootstrapSettings, type Figure } from './retrieval-figures.js';
import { integerCodes } from '../golden-samples/index.js';

/** Accuracy by golden sample, and what it means for the line. */
export interface AnswerFigures {
  readonly images: number;
  /** Right answers: good parts by orientation (or class) and accepted, NG parts rejected. */
  readonly accuracy: Figure;
  /** Good images whose nearest golden sample has the right label, whatever the threshold says. */
  readonly nearestAccuracy: Figure;
  readonly rates: InspectionRates;
}

export interface ClassBreakdown extends AnswerFigures {
  readonly classKey: ClassKey;
  /** `<product>_<component>_<light>`, as the folders are named. */
  readonly name: string;
  readonly threshold: number;
  readonly thresholdWords: string;
  readonly meanSimilarity: number | null;
  readonly precisionAt1: number | null;
  readonly mapAtR: number | null;
  readonly rotationInconsistent: ErrorRate | null;
}

export interface FigureSettings extends BootstrapSettings {
  readonly natural: (classKey: ClassKey) => Orientation | null;
}

export function answerFigures(answers: readonly Answer[], settings: FigureSettings): AnswerFigures {
  const clusters = integerCodes(answers.map(({ row }) => row.groupId)).codes;
  const nearest = answers.map(({ row, nearestLabel }) => (row.ok ? Number(nearestLabel === row.label) : Number.NaN));
  return {
    images: answers.length,
    accuracy: meanFigure(
      answers.map(({ correct }) => Number(correct)),
      clusters,
      settings,
    ),
    nearestAccuracy: meanFigure(nearest, clusters, settings),
    rates: inspectionRates(answers, settings.natural, settings.confidence),
  };
}

export interface BreakdownInputs {
  readonly answers: readonly Answer[];
  readonly thresholdOf: (classKey: ClassKey) => FittedThreshold;
  readonly mapAtRByPath: ReadonlyMap<string, number>;
  readonly precisionAt1ByPath: ReadonlyMap<string, number>;
  readonly inconsistencyOf: (classKey: ClassKey) => ErrorRate | null;
}

/** One entry per part × component × light, in order of their names. */
export function classBreakdown(inputs: BreakdownInputs, settings: FigureSettings): ClassBreakdown[] {
  const naming = nameClasses(inputs.answers.map(({ row }) => row.classKey));
  const byId = new Map<string, Answer[]>();
  for (const answer of inputs.answers) {
    const id = classKeyId(answer.row.classKey);
    const known = byId.get(id);
    if (known === undefined) byId.set(id, [answer]);
    else known.push(answer);
  }
  return naming.folders.map((name) => {
    const classKey = naming.keyOf(name)!;
    const answers = byId.get(classKeyId(classKey))!;
    const { threshold, words } = inputs.thresholdOf(classKey);
    return {
      ...answerFigures(answers, settings),
      classKey,
      name,
      threshold,
      thresholdWords: words,
      meanSimilarity: meanOf(answers.filter(({ row }) => row.ok).map(({ similarity }) => similarity)),
      precisionAt1: meanOf(answers.map(({ row }) => inputs.precisionAt1ByPath.get(row.path) ?? Number.NaN)),
      mapAtR: meanOf(answers.map(({ row }) => inputs.mapAtRByPath.get(row.path) ?? Number.NaN)),
      rotationInconsistent: inputs.inconsistencyOf(classKey),
    };
  });
}

function meanOf(values: readonly number[]): number | null {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
