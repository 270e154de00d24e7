import { createHash } from 'node:crypto';

/** An answer as it goes to the wire: made once, sent to everybody who asks for it at the same moment. */
export class JsonText {
  readonly bytes: Buffer;
  /** Weak, by the content. */
  readonly etag: string;

  constructor(text: string) {
    this.bytes = Buffer.from(text);
    this.etag = `W/"${createHash('sha1').update(this.bytes).digest('base64url')}"`;
  }

  parse<T>(): T {
    return JSON.parse(this.bytes.toString()) as T;
  }
}
