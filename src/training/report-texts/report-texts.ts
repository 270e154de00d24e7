import { digitsBelow, wholeTime } from '../../common/index.js';
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
    return share === null ? NOT_KNOWN : this.t('number.percent', { value: this.percentNumber(share, digits) });
  }

  /** A share in percent without the sign; only the whole reads 100. */
  percentNumber(share: number, digits = 1): string {
    const value = share * 100;
    return this.fixed(value, digitsBelow(100, value, digits));
  }

  /** With no more digits than a reader of a sentence needs. */
  shortPercent(share: number): string {
    const value = Number((share * 100).toFixed(9));
    const toEdge = Math.min(value, 100 - value);
    const rounded = toEdge >= 9.95 ? 0 : toEdge >= 0.95 ? 1 : 2;
    // What was set to 97.5 % is not 98 %.
    const exact = [0, 1].find((digits) => Number(value.toFixed(digits)) === value);
    return this.percent(share, exact ?? rounded);
  }

  seconds(value: number): string {
    if (value < 90) return this.t('number.seconds', { seconds: this.fixed(value, 1) });
    const { hours, minutes, seconds } = wholeTime(value);
    return this.t('number.minutes', { minutes: hours * 60 + minutes, seconds });
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
