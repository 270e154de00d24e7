/** Runs an exported model: what is evaluated is what is deployed. */
export interface Embedder {
  readonly embeddingSize: number;
  readonly imageSizePx: number;
  /** `images`: [count, 3, size, size] RGB in [0, 1]; returns [count, embeddingSize], L2-normalised. */
  embed(images: Float32Array, count: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}
