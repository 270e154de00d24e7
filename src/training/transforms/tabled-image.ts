import { applyTables, tableOf, type ChannelTables, type RgbImage } from './rgb-image.js';

const UNCHANGED = tableOf((value) => value);
const IDENTITY: ChannelTables = [UNCHANGED, UNCHANGED, UNCHANGED];

/**
 * A picture whose bytes have yet to go through a table for their channel. Whatever looks at one byte alone only
 * changes the tables, so that any number of such operations costs one pass over the pixels, or none of its own.
 */
export class TabledImage {
  constructor(
    readonly raw: RgbImage,
    readonly tables: ChannelTables = IDENTITY,
  ) {}

  through(map: (value: number) => number): TabledImage {
    const table = tableOf(map);
    return this.throughTables([table, table, table]);
  }

  throughTables(next: ChannelTables): TabledImage {
    const joined = this.tables.map((table, channel) => table.map((value) => next[channel]![value]!));
    return new TabledImage(this.raw, joined as unknown as ChannelTables);
  }

  /** The picture with its tables applied. */
  image(): RgbImage {
    return this.tables === IDENTITY ? this.raw : applyTables(this.raw, this.tables);
  }
}
