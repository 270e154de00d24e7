/** Who does something, and from where: kept with answers, tasks and in the audit trail. */
export interface Actor {
  /** `cli:<name>`, `user:<name>`, `key:<name>` or `anonymous`. */
  readonly name: string;
  /** An address, or `terminal`. */
  readonly from: string;
}
