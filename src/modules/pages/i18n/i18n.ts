import { ContextSlot, wholeTime } from '../../../common/index.js';
import { LANGUAGES, type Language } from './languages.js';
import type { MessageKey } from './en.js';

type Values = Readonly<Record<string, string | number>>;

const BYTE_UNITS = [
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
] as const;

/** Making one takes longer than a hundred uses of it; a page writes thousands of numbers. */
const numberFormats = new Map<string, Intl.NumberFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** The texts, numbers and times of one language. */
export class I18n {
  private static readonly known = new Map<Language, I18n>();
  private readonly locale: string;

  constructor(readonly language: Language) {
    this.locale = LANGUAGES[language].locale;
  }

  /** Always the same for a language. */
  static of(language: Language): I18n {
    let known = I18n.known.get(language);
    if (!known) I18n.known.set(language, (known = new I18n(language)));
    return known;
  }

  /** @param values fill the `{names}` of the text; numbers are written as the locale has them. */
  t(key: MessageKey, values: Values = {}): string {
    return LANGUAGES[this.language].messages[key].replace(/\{(\w+)\}/g, (_whole, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`The text ${key} needs a value for {${name}}.`);
      return typeof value === 'number' ? this.number(value) : value;
    });
  }

  number(value: number, digits?: number): string {
    return this.format(
      value,
      digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits },
    );
  }

  /** With every digit that it has: for settings. */
  exact(value: number): string {
    return this.format(value, { maximumFractionDigits: 12 });
  }

  /** Empty for what is no number: a figure that was not measured. */
  figure(value: unknown, digits = 4): string {
    return typeof value === 'number' && Number.isFinite(value) ? this.number(value, digits) : '';
  }

  /** Three digits that count, for figures of any size: a learning rate. */
  significant(value: number): string {
    return this.format(value, { maximumSignificantDigits: 3 });
  }

  /** @param share 0..1; rounded down, so that only the end reads 100 %. */
  percent(share: number): string {
    return this.format(Math.floor(share * 100) / 100, { style: 'percent' });
  }

  /** As it was set: 97.5 %. */
  exactPercent(share: number): string {
    return this.format(share, { style: 'percent', maximumFractionDigits: 10 });
  }

  /** `12.3 GB` in the locale, of 1024 each step as the settings count. */
  bytes(value: number): string {
    const [unit, size] = BYTE_UNITS.find(([, one]) => value >= one) ?? BYTE_UNITS.at(-1)!;
    return `${this.format(value / size, { maximumFractionDigits: 1 })} ${unit}`;
  }

  dateTime(iso: string): string {
    return this.formatTime(iso, { dateStyle: 'medium', timeStyle: 'short' });
  }

  /** To the second. */
  moment(iso: string): string {
    return this.formatTime(iso, { dateStyle: 'medium', timeStyle: 'medium' });
  }

  clock(iso: string): string {
    return this.formatTime(iso, { timeStyle: 'medium', hour12: false });
  }

  /** The two largest units, or seconds with one decimal: `1 h 2 min`, `12.3 s` in the locale. */
  duration(ms: number): string {
    const tenths = Math.round(Math.max(0, ms) / 100);
    const part = (value: number, unit: 'day' | 'hour' | 'minute' | 'second', digits = 0): string =>
      this.format(value, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits });
    if (tenths < 600) return part(tenths / 10, 'second', 1);
    const { hours, minutes, seconds } = wholeTime(tenths / 10);
    if (hours >= 24) return `${part(Math.floor(hours / 24), 'day')} ${part(hours % 24, 'hour')}`;
    if (hours > 0) return `${part(hours, 'hour')} ${part(minutes, 'minute')}`;
    return `${part(minutes, 'minute')} ${part(seconds, 'second')}`;
  }

  /** `Left or Right` in the language. */
  either(texts: readonly string[]): string {
    return new Intl.ListFormat(this.locale, { type: 'disjunction' }).format(texts);
  }

  private format(value: number, options: Intl.NumberFormatOptions): string {
    const key = `${this.locale} ${JSON.stringify(options)}`;
    let format = numberFormats.get(key);
    if (!format) numberFormats.set(key, (format = new Intl.NumberFormat(this.locale, options)));
    return format.format(value);
  }

  private formatTime(iso: string, options: Intl.DateTimeFormatOptions): string {
    const key = `${this.locale} ${JSON.stringify(options)}`;
    let format = dateFormats.get(key);
    if (!format) dateFormats.set(key, (format = new Intl.DateTimeFormat(this.locale, options)));
    return format.format(new Date(iso));
  }
}

interface PageContext {
  readonly i18n: I18n;
  /** Of the present request, for the switcher to come back to. */
  readonly path: string;
}

const contexts = new ContextSlot<PageContext>();
const OUTSIDE: PageContext = { i18n: new I18n('en'), path: '/' };

export function withPageContext<T>(context: PageContext, action: () => T): T {
  return contexts.run(context, action);
}

/** What the present request's page is written in; English outside of requests. */
export function pageContext(): PageContext {
  return contexts.get() ?? OUTSIDE;
}
