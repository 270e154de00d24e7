import { isAbsolute, join } from 'node:path';
import { withSmallPicture } from '../../dataset/index.js';
import { html, raw, type Html } from './html.js';

const SIDE_PX = 192;
const JPEG_QUALITY = 82;

/** Small pictures of a run as data URLs, each made once. */
export class Thumbnails {
  private readonly made = new Map<string, Promise<string>>();

  constructor(private readonly root: string) {}

  /** A figure; an image that cannot be read leaves its caption and an empty frame. */
  async figure(path: string, caption: string): Promise<Html> {
    const source = await this.dataUrl(path);
    return html`<figure>
      ${raw(`<img alt="" src="${source}">`)}
      <figcaption>${caption}</figcaption>
    </figure>`;
  }

  private dataUrl(path: string): Promise<string> {
    const known = this.made.get(path);
    if (known !== undefined) return known;
    const made = thumbnail(isAbsolute(path) ? path : join(this.root, ...path.split('/')));
    this.made.set(path, made);
    return made;
  }
}

const EMPTY = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=';

async function thumbnail(file: string): Promise<string> {
  try {
    const bytes = await withSmallPicture(file, { sizePx: SIDE_PX }, (picture) =>
      picture.flatten({ background: '#fff' }).jpeg({ quality: JPEG_QUALITY }).toBuffer(),
    );
    return `data:image/jpeg;base64,${bytes.toString('base64')}`;
  } catch {
    // The report is about figures; one picture that has gone missing must not cost all of it.
    return EMPTY;
  }
}
