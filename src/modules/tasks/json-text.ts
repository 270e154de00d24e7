import { hash } from 'node:crypto';

/** An answer as it goes to the wire: made once, sent to everybody who asks for it at the same moment. */
export class JsonText {
  /** Weak, by the content. */
  readonly etag: string;

  /** @param digest of the content, where it is known */
  constructor(
    readonly bytes: Buffer,
    digest = digestOf(bytes),
  ) {
    this.etag = `W/"${digest}"`;
  }

  static of(text: string): JsonText {
    return new JsonText(Buffer.from(text));
  }

  parse<T>(): T {
    return JSON.parse(this.bytes.toString()) as T;
  }
}

export function digestOf(content: string | Buffer): string {
  return hash('sha1', content, 'base64url');
}
