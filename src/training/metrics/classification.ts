export interface ClassFigures {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** True members of the class. */
  readonly support: number;
}

export interface ClassificationReport {
  readonly classes: readonly string[];
  readonly perClass: readonly ClassFigures[];
  readonly macro: Omit<ClassFigures, 'support'>;
  readonly weighted: Omit<ClassFigures, 'support'>;
  readonly accuracy: number | null;
  readonly correct: number;
  readonly count: number;
}

/** `counts[true][predicted]`; predictions outside the classes (−1: rejected) are in no column. */
export interface ConfusionMatrix {
  readonly classes: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

/** Counts answers by true and predicted class, as indices into `classes`. */
export function confusionMatrix(
  truths: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: readonly string[],
): ConfusionMatrix {
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  for (let i = 0; i < truths.length; i++) {
    const row = counts[truths[i]!];
    const predicted = predictions[i]!;
    if (row !== undefined && predicted >= 0 && predicted < classes.length) row[predicted]!++;
  }
  return { classes, counts };
}

/**
 * Precision, recall and F1 per class, macro and weighted by support, as scikit-learn has them with
 * `zero_division=0` over the classes that occur among truths or predictions.
 */
export function classificationReport(
  truths: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: readonly string[],
): ClassificationReport {
  const size = classes.length;
  const [truePositives, predicted, support] = [zeros(size), zeros(size), zeros(size)];
  let correct = 0;
  for (let i = 0; i < truths.length; i++) {
    const [truth, prediction] = [truths[i]!, predictions[i]!];
    support[truth]!++;
    if (prediction >= 0 && prediction < size) predicted[prediction]!++;
    if (truth === prediction) {
      truePositives[truth]!++;
      correct++;
    }
  }
  const perClass = classes.map((_, c): ClassFigures => {
    const precision = ratio(truePositives[c]!, predicted[c]!);
    const recall = ratio(truePositives[c]!, support[c]!);
    return { precision, recall, f1: ratio(2 * precision * recall, precision + recall), support: support[c]! };
  });
  const seen = perClass.filter((figures, c) => figures.support > 0 || predicted[c]! > 0);
  return {
    classes,
    perClass,
    macro: average(seen, () => 1),
    weighted: average(seen, (figures) => figures.support),
    accuracy: truths.length === 0 ? null : correct / truths.length,
    correct,
    count: truths.length,
  };
}

function average(figures: readonly ClassFigures[], weight: (f: ClassFigures) => number): Omit<ClassFigures, 'support'> {
  const total = figures.reduce((sum, f) => sum + weight(f), 0);
  const mean = (value: (f: ClassFigures) => number): number =>
    ratio(
      figures.reduce((sum, f) => sum + weight(f) * value(f), 0),
      total,
    );
  return { precision: mean((f) => f.precision), recall: mean((f) => f.recall), f1: mean((f) => f.f1) };
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}
