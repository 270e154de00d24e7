import { z } from 'zod';
import type { ImageQuery } from '../metadata/index.js';
import { POOL_LABELS } from './pool-image.entity.js';

const name = z.string().trim().min(1).max(64);
const day = z.iso.date({ error: 'not a day like 2025-03-31' });
const MOST_DAYS = 366;
const DAY_MS = 86_400_000;

/** Body of `POST /download/estimate` and `POST /download/rawdata`. */
export const downloadBodySchema = z
  .strictObject({
    site: name,
    line_id: name,
    start_date: day,
    /** To the end of that day, by the site's clock. */
    end_date: day,
    part_number: name,
    limit: z.number().int().min(1).max(10_000_000).nullish(),
  })
  .superRefine(({ start_date, end_date }, context) => {
    const days = (Date.parse(end_date) - Date.parse(start_date)) / DAY_MS + 1;
    if (days < 1)
      context.addIssue({
        code: 'custom',
        path: ['end_date'],
        message: `expected ${start_date} (start_date) or later, got ${end_date}`,
      });
    if (days > MOST_DAYS)
      context.addIssue({
        code: 'custom',
        path: ['end_date'],
        message: `expected at most ${MOST_DAYS} days at a time, got ${days}; ask for a shorter time`,
      });
  });
export type DownloadBody = z.output<typeof downloadBodySchema>;

/** What is to be fetched, in the words of the program. */
export interface DownloadSpec extends ImageQuery {
  readonly limit: number | null;
  readonly idempotencyKey?: string | null;
}

export function toDownloadSpec(body: DownloadBody): DownloadSpec {
  return {
    site: body.site,
    lineId: body.line_id,
    startDate: body.start_date,
    endDate: body.end_date,
    partNumber: body.part_number,
    limit: body.limit ?? null,
  };
}

const place = { site: name.optional(), line_id: name.optional() };
const page = {
  limit: z.coerce.number().int().min(1).max(500).default(100),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
};

/** Which line, where a part number is known on several. */
export const placeQuerySchema = z.object(place);
export const partsQuerySchema = z.strictObject({ ...place, text: z.string().max(200).optional(), ...page });
export const imagesQuerySchema = z.strictObject({
  ...place,
  label: z.enum(['', ...POOL_LABELS, 'unsorted']).default(''),
  ...page,
});
export const trashQuerySchema = z.strictObject({ ...place, part_number: name.optional(), ...page });
export const downloadsQuerySchema = z.strictObject({ part_number: name.optional(), ...place, ...page });

const MOST_AT_ONCE = 5_000;

/** `null` puts an image back among the unsorted ones. */
export const classifyBodySchema = z.strictObject({
  classifications: z
    .record(z.string().min(1).max(255), z.enum(POOL_LABELS).nullable())
    .refine((all) => Object.keys(all).length <= MOST_AT_ONCE, `expected at most ${MOST_AT_ONCE} files at a time`)
    .refine((all) => Object.keys(all).length > 0, 'expected at least one file'),
});
export const filesBodySchema = z.strictObject({
  files: z.array(z.string().min(1).max(255)).min(1).max(MOST_AT_ONCE),
});
