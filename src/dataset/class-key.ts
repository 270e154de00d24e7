/** What an inspection class is: one component of one product under one light. */
export interface ClassKey {
  readonly product: string;
  readonly component: string;
  readonly light: string;
}
