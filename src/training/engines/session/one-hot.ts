import { badInput } from '../../../common/index.js';

/** Labels as rows of zeros with a one: [labels, classes], row-major. */
export function oneHot(labels: Int32Array, classCount: number): Float32Array {
  const rows = new Float32Array(labels.length * classCount);
  labels.forEach((label, row) => {
    if (!(label >= 0 && label < classCount))
      throw badInput('LABEL_RANGE', `Labels: expected 0..${classCount - 1}, got ${label} at position ${row}`);
    rows[row * classCount + label] = 1;
  });
  return rows;
}
