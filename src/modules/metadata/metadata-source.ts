import type { Duplex } from 'node:stream';

/** An image whose product is asked for; what a scan of the input yields fits. */
export interface ImageToFind {
  readonly fileName: string;
  readonly name: {
    /** `YYYYMMDDhhmmss`, as in the file name. */
    readonly timestamp: string;
  };
}

export interface MetadataPlace {
  readonly site: string;
  readonly lineId: string;
  readonly signal?: AbortSignal;
}

/** What the factory knows of one image. */
export interface ProductFound {
  readonly kind: 'found';
  readonly product: string;
  readonly partNumber: string | null;
  /** Mounting angle by the placement program, in degrees as the factory counts them. */
  readonly angleDeg: number | null;
}

/** Rows exist, but they do not say which product it is. */
export interface ProductUnclear {
  readonly kind: 'unclear';
  readonly code: 'ambiguousMetadata' | 'noProductName';
  readonly reason: string;
}

export type ProductAnswer = ProductFound | ProductUnclear;

/** Where the product of an image is looked up: a factory database, or an export of its table. */
export interface MetadataSource {
  /** For people: `the factory database aoi at 10.0.0.5:5432, through SSH server gate:22`. */
  readonly description: string;
  /**
   * Answers by file name; an image without any row of this site, line and day is absent from the map.
   * Asks in batches, several at a time, and goes on after a lost connection.
   * @throws AppError: unavailable when the source stays away, badInput when it refuses
   */
  findProducts(images: readonly ImageToFind[], place: MetadataPlace): Promise<Map<string, ProductAnswer>>;
  /** Ends connections and tunnel. Safe to call twice. */
  close(): Promise<void>;
}

/** Which images of a line are meant. Days are those of the site, both inclusive. */
export interface ImageQuery {
  readonly site: string;
  readonly lineId: string;
  /** `YYYY-MM-DD` */
  readonly startDate: string;
  /** `YYYY-MM-DD`, to the end of that day. */
  readonly endDate: string;
  readonly partNumber: string;
}

/** One image that the line keeps. */
export interface LineImage {
  /** As the image server knows it: `YYYY-MM-DD/<timestamp>/<file name>`. */
  readonly imagePath: string;
  readonly product: string | null;
  /** `YYYY-MM-DD hh:mm:ss`, by the site's clock. */
  readonly capturedAt: string;
}

export interface ImageCount {
  readonly images: number;
  readonly products: number;
  /** `YYYY-MM-DD hh:mm:ss`, or null when there is no image. */
  readonly first: string | null;
  readonly last: string | null;
}

/** A line's database, and the way to other servers beside it. */
export interface LineSource extends MetadataSource {
  /** How many images there are; reads no more than that. */
  countImages(query: ImageQuery): Promise<ImageCount>;
  /** The oldest `limit` images, oldest first, each once however often it was inspected. */
  listImages(query: ImageQuery, limit: number): Promise<LineImage[]>;
  /** A stream to `host:port` over the same tunnel, or straight where the site has none. */
  connect(target: { readonly host: string; readonly port: number }, signal?: AbortSignal): Promise<Duplex>;
}

/** One row of amr_raw_data as far as it matters here. */
export interface MetadataRow {
  readonly imagePath: string;
  readonly product: string | null;
  readonly partNumber: string | null;
  readonly angleDeg: number | null;
}
