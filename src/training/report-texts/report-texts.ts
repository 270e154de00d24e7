import type { ReportLanguage } from '../config.js';
import { en, type TextKey, type Texts } from './en.js';
import { vi } from './vi.js';
import { zhCn } from './zh-cn.js';
import { zhTw } from './zh-tw.js';

/** A part of a whole, 0..1; written in percent. */
export interface Share {
  readonly share: number;
}
export type TextValue = string | number | Share;
export type TextValues<V = TextValue> = Readonly<Record<string, V>>;

/** Something said with its figures, in no language yet. Plain JSON. */
export interface Statement {
  readonly key: TextKey;
  readonly values: TextValues;
}

/** Texts, and the locale of numbers and times, as on the pages. */
export const REPORT_TEXTS: Readonly<Record<ReportLanguage, { readonly locale: string; readonly texts: Texts }>> = {
  en: { locale: 'en-GB', texts: en },
  'zh-TW': { locale: 'zh-TW', texts: zhTw },
  'zh-CN': { locale: 'zh-CN', texts: zhCn },
  vi: { locale: 'vi-VN', texts: vi },
};

const NOT_KNOWN = '–';
const PLACE = /\{(\w+)\}/;

/** The words, numbers and times of a report in one language. */
export class ReportTexts {
  readonly locale: string;
  private readonly texts: Texts;
  /** Making one takes longer than a hundred uses of it. */
  private readonly formats = new Map<string, Intl.NumberFormat>();

  constructor(readonly language: ReportLanguage) {
    ({ locale: this.locale, texts: this.texts } = REPORT_TEXTS[language]);
  }

  /** @param values fill the `{names}` of the text */
  t(key: TextKey, values: TextValues = {}): string {
    return this.pieces(key, values)
      .map((piece) => (typeof piece === 'string' ? piece : this.valueText(piece.value)))
      .join('');
  }

  say({ key, values }: Statement): string {
    return this.t(key, values);
  }

  /** Several sentences as one text. */
  sayAll(statements: readonly Statement[]): string {
    return statements.map((statement) => this.say(statement)).join(this.t('sentence.separator'));
  }

  list(items: readonly string[]): string {
    return items.join(this.t('list.separator'));
  }

  /** A text taken apart: words of the language, and the values between them as they were given. */
  pieces<V>(key: TextKey, values: TextValues<V>): (string | { readonly value: V })[] {
    // With its group in the pattern, `split` gives words and names by turns.
    return this.texts[key].split(PLACE).flatMap((part, i): (string | { readonly value: V })[] => {
      if (i % 2 === 0) return part === '' ? [] : [part];
      const value = values[part];
      if (value === undefined) throw new Error(`The text ${key} needs a value for {${part}}.`);
      return [{ value }];
    });
  }

  valueText(value: TextValue): string {
    if (typeof value === 'string') return value;
    return typeof value === 'number' ? this.count(value) : this.shortPercent(value.share);
  }

  count(value: number): string {
    return this.format(value, {});
  }

  fixed(value: number | null, digits = 3): string {
    if (value === null) return NOT_KNOWN;
    // Nothing is gained by a minus before zeros.
    const written = Math.abs(value) * 10 ** digits < 0.5 ? 0 : value;
    return this.format(written, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  /** @param share 0..1 */
  percent(share: number | null, digits = 1): string {
    return share === null ? NOT_KNOWN : this.t('number.percent', { value: this.fixed(share * 100, digits) });
  }

  /** With no more digits than a reader of a sentence needs. */
  shortPercent(share: number): string {
    const value = share * 100;
    const digits = value === 0 || value >= 9.95 || Number.isInteger(value) ? 0 : value >= 0.95 ? 1 : 2;
    return this.percent(share, digits);
  }

  seconds(value: number): string {
    return value < 90
      ? this.t('number.seconds', { seconds: this.fixed(value, 1) })
      : this.t('number.minutes', { minutes: Math.floor(value / 60), seconds: Math.round(value % 60) });
  }

  /** The same wherever and whenever it is written: in UTC, and it says so. */
  moment(iso: string): string {
    const time = new Intl.DateTimeFormat(this.locale, {
      dateStyle: 'medium',
      timeStyle: 'medium',
      hourCycle: 'h23',
      timeZone: 'UTC',
    });
    return this.t('page.utc', { time: time.format(new Date(iso)) });
  }

  private format(value: number, options: Intl.NumberFormatOptions): string {
    const key = JSON.stringify(options);
    let format = this.formats.get(key);
    if (!format) this.formats.set(key, (format = new Intl.NumberFormat(this.locale, options)));
    return format.format(value);
  }
}

/** What files for machines are written in, whatever the language of the report. */
export const ENGLISH = new ReportTexts('en');
