import { newImage, type RgbImage } from '../transforms/index.js';

const ABSENT = 0;
const WRITING = 1;
const READY = 2;
const DOES_NOT_FIT = 3;

/** Arena offsets are counted in these units, so that 32-bit counters reach 128 GiB. */
const UNIT_BYTES = 64;
const WORDS_PER_ENTRY = 4;

/** What threads pass to one another; all of it shared memory. */
export interface SharedImageCacheMemory {
  readonly arena: SharedArrayBuffer;
  /** One word: units taken. */
  readonly taken: SharedArrayBuffer;
  /** [images][state, offset in units, width, height]. */
  readonly entries: SharedArrayBuffer;
}

/** Decoded pictures in memory that all loader threads share: each picture is decoded once, by whoever comes first. */
export class SharedImageCache {
  private readonly arena: Uint8Array;
  private readonly taken: Int32Array;
  private readonly entries: Int32Array;

  constructor(readonly memory: SharedImageCacheMemory) {
    this.arena = new Uint8Array(memory.arena);
    this.taken = new Int32Array(memory.taken);
    this.entries = new Int32Array(memory.entries);
  }

  static allocate(imageCount: number, capacityBytes: number): SharedImageCache {
    return new SharedImageCache({
      arena: new SharedArrayBuffer(Math.floor(capacityBytes / UNIT_BYTES) * UNIT_BYTES),
      taken: new SharedArrayBuffer(4),
      entries: new SharedArrayBuffer(imageCount * WORDS_PER_ENTRY * 4),
    });
  }

  /** The picture, valid while the cache lives and not to be written to; undefined when it is not there. */
  get(image: number): RgbImage | undefined {
    const word = image * WORDS_PER_ENTRY;
    if (Atomics.load(this.entries, word) !== READY) return undefined;
    const [offset, widthPx, heightPx] = this.entries.subarray(word + 1, word + 4);
    const begin = offset! * UNIT_BYTES;
    return {
      widthPx: widthPx!,
      heightPx: heightPx!,
      data: this.arena.subarray(begin, begin + widthPx! * heightPx! * 3),
    };
  }

  /** Keeps a copy if there is room and no other thread is keeping it. */
  put(image: number, picture: RgbImage): void {
    const word = image * WORDS_PER_ENTRY;
    if (Atomics.compareExchange(this.entries, word, ABSENT, WRITING) !== ABSENT) return;
    const units = Math.ceil(picture.data.length / UNIT_BYTES);
    const offset = Atomics.add(this.taken, 0, units);
    if ((offset + units) * UNIT_BYTES > this.arena.length) {
      Atomics.sub(this.taken, 0, units);
      Atomics.store(this.entries, word, DOES_NOT_FIT);
      return;
    }
    this.arena.set(picture.data, offset * UNIT_BYTES);
    this.entries.set([offset, picture.widthPx, picture.heightPx], word + 1);
    Atomics.store(this.entries, word, READY);
  }

  /** Bytes of pictures kept. */
  get usedBytes(): number {
    return Atomics.load(this.taken, 0) * UNIT_BYTES;
  }
}

/** Room for all pictures where that is below the limit. */
export function cacheBytes(imageCount: number, imageSizePx: number, keepsOriginals: boolean, limitMiB: number): number {
  const limit = limitMiB * 1024 * 1024;
  const perImage = newImage(imageSizePx, imageSizePx).data.length + UNIT_BYTES;
  return keepsOriginals ? limit : Math.min(limit, imageCount * perImage);
}
