import { readFile, stat } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';

/** One row of `results/evaluation_results.csv`. */
export interface RunAnswer {
  readonly image: string;
  readonly trueClass: string;
  readonly predictedClass: string;
  /** Cosine to the nearest good golden sample. */
  readonly similarity: number;
  readonly threshold: number;
  readonly correct: boolean;
  readonly product: string;
  readonly component: string;
  readonly light: string;
}

/** One row of `results/label_review.csv`. */
export interface RunDoubt {
  readonly kind: string;
  readonly image: string;
  readonly label: string;
  readonly suggested: string;
  /** 0..1 */
  readonly score: number;
  readonly reason: string;
  /** The image that speaks against it; empty where none does. */
  readonly evidence: string;
}

/** One row of `rejected.csv`. */
export interface RunRejection {
  readonly file: string;
  readonly stage: string;
  readonly code: string;
  readonly reason: string;
}

const MOST_KEPT = 4;

/** Reads the tables that an evaluation writes; the last few are kept until their file changes. */
export class RunTables {
  private readonly kept = new Map<string, { readonly mtimeMs: number; readonly rows: readonly unknown[] }>();

  /** Empty where there is no such file. */
  async answers(path: string): Promise<readonly RunAnswer[]> {
    return this.read(path, (row) => ({
      image: row.image ?? '',
      trueClass: row.true_class ?? '',
      predictedClass: row.pred_class ?? '',
      similarity: Number(row.similarity),
      threshold: Number(row.threshold),
      correct: row.correct === 'true',
      product: row.product ?? '',
      component: row.component ?? '',
      light: row.light ?? '',
    }));
  }

  async doubts(path: string): Promise<readonly RunDoubt[]> {
    return this.read(path, (row) => ({
      kind: row.kind ?? '',
      image: row.image ?? '',
      label: row.label ?? '',
      suggested: row.suggested ?? '',
      score: Number(row.score),
      reason: row.reason ?? '',
      evidence: row.evidence ?? '',
    }));
  }

  /** Null where there is no such file. */
  async rejections(path: string): Promise<readonly RunRejection[] | null> {
    if ((await stat(path).catch(() => null)) === null) return null;
    return this.read(path, (row) => ({
      file: row.file ?? '',
      stage: row.stage ?? '',
      code: row.code ?? '',
      reason: row.reason ?? '',
    }));
  }

  private async read<T>(path: string, toRow: (row: Readonly<Record<string, string | undefined>>) => T): Promise<T[]> {
    const found = await stat(path).catch(() => null);
    if (found === null) return [];
    const known = this.kept.get(path);
    if (known?.mtimeMs === found.mtimeMs) return known.rows as T[];
    const raw = parse<Record<string, string>>(await readFile(path, 'utf8'), { columns: true });
    const rows = raw.map(toRow);
    this.kept.delete(path);
    this.kept.set(path, { mtimeMs: found.mtimeMs, rows });
    for (const oldest of [...this.kept.keys()].slice(0, -MOST_KEPT)) this.kept.delete(oldest);
    return rows;
  }
}
