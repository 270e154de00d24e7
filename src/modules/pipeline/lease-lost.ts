/** Thrown when another worker has taken the task over, or it was cancelled; nothing more may be written. */
export class LeaseLost extends Error {}
