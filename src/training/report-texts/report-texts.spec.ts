import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPORT_LANGUAGES } from '../config.js';
import { en } from './en.js';
import { ENGLISH, REPORT_TEXTS, ReportTexts } from './index.js';

const keys = Object.keys(en).sort();
const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort();

const CATALOGUE = /^report-texts.(en|vi|zh-\w+)\.ts$/;

/** Everything of the training code but the texts themselves. */
function sources(): string {
  const training = join(dirname(fileURLToPath(import.meta.url)), '..');
  return readdirSync(training, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !CATALOGUE.test(file))
    .map((file) => readFileSync(join(training, file), 'utf8'))
    .join('\n');
}

describe.each(REPORT_LANGUAGES)('texts of the report in %s', (language) => {
  const texts: Readonly<Record<string, string>> = REPORT_TEXTS[language].texts;

  it('have every key and none too many', () => {
    expect(Object.keys(texts).sort()).toEqual(keys);
    const empty = Object.keys(texts).filter((key) => key !== 'sentence.separator' && texts[key]!.trim() === '');
    expect(empty).toEqual([]);
  });

  it('take the same values as the English ones', () => {
    for (const [key, text] of Object.entries(en)) expect([key, names(texts[key]!)]).toEqual([key, names(text)]);
  });
});

describe('keys', () => {
  it('are all in use', () => {
    const written = sources();
    expect(keys.filter((key) => !written.includes(`'${key}'`))).toEqual([]);
  });

  it('are translated, but for names and symbols', () => {
    const same = (language: (typeof REPORT_LANGUAGES)[number]): string[] =>
      keys.filter((key) => {
        const text = (REPORT_TEXTS[language].texts as Record<string, string>)[key]!;
        return /[a-z]{4}/.test(text.replace(/\{\w+\}/g, '')) && text === (en as Record<string, string>)[key];
      });
    expect(same('zh-TW')).toEqual(['figures.rPrecision']);
    expect(same('zh-CN')).toEqual(['figures.rPrecision']);
    expect(same('vi')).toEqual(
      ['chart.training.epoch', 'column.precision', 'column.recall', 'figures.rPrecision'].sort(),
    );
  });
});

describe('ReportTexts', () => {
  const vi = new ReportTexts('vi');
  const zhTw = new ReportTexts('zh-TW');

  it('write numbers as the locale has them', () => {
    expect([ENGLISH.count(12345), vi.count(12345), zhTw.count(12345)]).toEqual(['12,345', '12.345', '12,345']);
    expect([ENGLISH.fixed(0.98765), vi.fixed(0.98765)]).toEqual(['0.988', '0,988']);
    expect([ENGLISH.percent(0.123), vi.percent(0.123), zhTw.percent(0.123)]).toEqual(['12.3 %', '12,3%', '12.3%']);
    expect([0.9994, 0.9996, 0.99996, 1].map((share) => ENGLISH.percent(share))).toEqual([
      '99.9 %',
      '99.96 %',
      '99.996 %',
      '100.0 %',
    ]);
    expect([ENGLISH.fixed(null), ENGLISH.percent(null)]).toEqual(['–', '–']);
    expect([ENGLISH.fixed(-0.0004), ENGLISH.fixed(-0.0006)]).toEqual(['0.000', '-0.001']);
  });

  it.each([
    [0, '0 %'],
    [0.001, '0.1 %'],
    [0.0015, '0.15 %'],
    [0.0123, '1.2 %'],
    [0.05, '5 %'],
    [0.07, '7 %'],
    [0.125, '12.5 %'],
    [0.2238, '22 %'],
    [0.975, '97.5 %'],
    [0.9867, '98.7 %'],
    [0.995, '99.5 %'],
    [0.999, '99.9 %'],
    [0.99996, '99.996 %'],
    [1, '100 %'],
  ])('write the share %d in a sentence as %s', (share, text) => {
    expect(ENGLISH.shortPercent(share)).toBe(text);
  });

  it('write times in UTC and say so, and lengths of time', () => {
    const iso = '2026-03-07T23:05:09.000Z';
    expect(ENGLISH.moment(iso)).toMatch(/^7 Mar 2026\D+23:05:09 UTC$/);
    // How a day is written differs between releases of the locale data.
    expect(zhTw.moment(iso)).toMatch(/^2026\D3\D7\D.*23:05:09（UTC）$/);
    expect(vi.moment(iso)).toMatch(/23:05:09.* UTC$/);
    expect([ENGLISH.seconds(3.21), zhTw.seconds(125)]).toEqual(['3.2 s', '2 分 5 秒']);
    expect([119.6, 7199.7].map((seconds) => ENGLISH.seconds(seconds))).toEqual(['2 min 0 s', '120 min 0 s']);
  });

  it('refuse to show a text with a hole in it', () => {
    expect(() => ENGLISH.t('tile.images')).toThrow('{count}');
  });
});
