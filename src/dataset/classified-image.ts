import type { ClassKey } from './class-key.js';
import type { ImageContent } from './inspect-image.js';
import type { ScannedImage } from './scan-input.js';

/** An input image that parsed, decoded to its end, and whose product the factory database named. Plain JSON. */
export interface ClassifiedImage extends ScannedImage, ImageContent {
  readonly classKey: ClassKey;
  /** Mounting angle by the metadata, in degrees as the factory counts them; absent where it names none. */
  readonly angleDeg?: number;
}

/** The component on its board: every picture of it, under any light and at any time, is one source. */
export function instanceKey(image: Pick<ClassifiedImage, 'name'>): string {
  const { board, component, index } = image.name;
  return `${board}@${component}_${index}`;
}
