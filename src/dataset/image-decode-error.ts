export type ImageDecodeReason =
  | 'empty'
  | 'corrupt'
  | 'truncated'
  | 'tooManyPixels'
  | 'tooLarge'
  | 'contentMismatch'
  | 'unsupportedContent'
  | 'unreadable';

/** An image that cannot be used, with the reason as one word for programs and a sentence for people. */
export class ImageDecodeError extends Error {
  constructor(
    readonly code: ImageDecodeReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ImageDecodeError';
  }
}
