/** What a dry run found: what would be used, what not, and why. Nothing was written. */
export interface InputCheckDto {
  readonly input_dir: string;
  readonly site: string;
  readonly line_id: string;
  /** Files under OK and NG. */
  readonly files: number;
  /** Names that parse. */
  readonly parsed: number;
  /** Images that decode to their end. */
  readonly readable: number;
  /** Images whose product the factory database knows. */
  readonly matched: number;
  readonly rejected: readonly RejectionSummaryDto[];
  readonly classes: readonly CheckedClassDto[];
}

export interface RejectionSummaryDto {
  readonly stage: 'name' | 'image' | 'metadata';
  readonly code: string;
  readonly count: number;
  /** Up to five, each with its reason. */
  readonly examples: readonly { readonly file: string; readonly reason: string }[];
}

export interface CheckedClassDto {
  readonly class: string;
  readonly product: string;
  readonly component: string;
  readonly light: string;
  readonly ok_count: number;
  readonly ng_count: number;
  /** Up to three of its good pictures, else of its NG ones, relative to the input folder. */
  readonly samples: readonly string[];
}
