/** Extensions an input image may have, lower case, without the dot. */
export const IMAGE_EXTENSIONS = ['jpg', 'jpeg', 'png', 'bmp'] as const;
export type ImageExtension = (typeof IMAGE_EXTENSIONS)[number];

/** The fields of `<timestamp14>_<board>@<component>_<index>_<light>.<extension>`. */
export interface ImageName {
  /** Fourteen digits, `YYYYMMDDhhmmss`, a moment that exists in the calendar. */
  readonly timestamp: string;
  readonly board: string;
  /** May hold `_`. */
  readonly component: string;
  /** Digits, kept as text: `001` and `1` are two names. */
  readonly index: string;
  readonly light: string;
  readonly extension: ImageExtension;
}

export type ImageNameReason =
  | 'unsupportedExtension'
  | 'badTimestamp'
  | 'noSuchMoment'
  | 'missingBoard'
  | 'missingComponent'
  | 'badIndex'
  | 'badLight';

export type ParsedImageName =
  | { readonly ok: true; readonly name: ImageName }
  | { readonly ok: false; readonly code: ImageNameReason; readonly reason: string };

const PATTERN = '<timestamp14>_<board>@<component>_<index>_<light>.<jpg|jpeg|png|bmp>';

/** Reads a file name's fields, or says which part is not as expected. Any case of extension. */
export function parseImageName(fileName: string): ParsedImageName {
  const extension = imageExtension(fileName);
  if (extension === null) {
    return rejected('unsupportedExtension', `expected an image (${IMAGE_EXTENSIONS.join(', ')}), got "${fileName}"`);
  }
  const stem = fileName.slice(0, -extension.length - 1);
  const timestamp = /^(\d{14})_/.exec(stem)?.[1];
  if (timestamp === undefined) {
    return rejected('badTimestamp', `expected 14 digits and "_" at the start, as in ${PATTERN}`);
  }
  if (!isCalendarMoment(timestamp)) {
    return rejected('noSuchMoment', `expected a real date and time (YYYYMMDDhhmmss), got ${timestamp}`);
  }
  const rest = stem.slice(15);
  const at = rest.indexOf('@');
  if (at < 1) {
    return rejected('missingBoard', `expected "<board>@" after the timestamp, as in ${PATTERN}`);
  }
  const parts = rest.slice(at + 1).split('_');
  const light = parts.pop() ?? '';
  const index = parts.pop();
  const component = parts.join('_');
  if (!/^[A-Za-z0-9]+$/.test(light)) {
    return rejected('badLight', `expected letters and digits as light after the last "_", got "${light}"`);
  }
  if (index === undefined || !/^\d+$/.test(index)) {
    return rejected('badIndex', `expected digits as index before the light, got "${index ?? ''}"`);
  }
  if (component === '') {
    return rejected('missingComponent', `expected a component between "@" and the index, as in ${PATTERN}`);
  }
  return { ok: true, name: { timestamp, board: rest.slice(0, at), component, index, light, extension } };
}

/** The extension in lower case when it is one of an input image, else null. */
export function imageExtension(fileName: string): ImageExtension | null {
  const found = /\.([A-Za-z]+)$/.exec(fileName)?.[1]?.toLowerCase();
  return IMAGE_EXTENSIONS.find((extension) => extension === found) ?? null;
}

/** `YYYY-MM-DD` of the capture. */
export function captureDay(name: Pick<ImageName, 'timestamp'>): string {
  const t = name.timestamp;
  return `${t.slice(0, 4)}-${t.slice(4, 6)}-${t.slice(6, 8)}`;
}

/** The `image_path` under which the factory database knows a file: `YYYY-MM-DD/<timestamp>/<file name>`. */
export function metadataImagePath(name: Pick<ImageName, 'timestamp'>, fileName: string): string {
  return `${captureDay(name)}/${name.timestamp}/${fileName}`;
}

function rejected(code: ImageNameReason, reason: string): ParsedImageName {
  return { ok: false, code, reason };
}

function isCalendarMoment(timestamp: string): boolean {
  const field = (start: number, length: number): number => Number(timestamp.slice(start, start + length));
  const [year, month, day] = [field(0, 4), field(4, 2), field(6, 2)];
  const [hour, minute, second] = [field(8, 2), field(10, 2), field(12, 2)];
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return false;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
