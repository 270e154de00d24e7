import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFields, packageRoot } from '../../../infra/config/index.js';
import { trainConfigSchema } from '../../../training/config.js';
import { en } from './en.js';
import { explainedPaths, I18n, LANGUAGE_CODES, LANGUAGES, preferredLanguage } from './index.js';

const keys = Object.keys(en).sort();
const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort();
const views = join(packageRoot(), 'views');
const templates = readdirSync(views, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.hbs'));

describe.each(LANGUAGE_CODES)('texts in %s', (language) => {
  const messages: Readonly<Record<string, string>> = LANGUAGES[language].messages;

  it('has every key, none empty and none too many', () => {
    expect(Object.keys(messages).sort()).toEqual(keys);
    expect(Object.entries(messages).filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('takes the same values as the English text', () => {
    for (const [key, text] of Object.entries(en)) expect([key, names(messages[key]!)]).toEqual([key, names(text)]);
  });
});

describe('explanations of the training configuration', () => {
  const fields = configFields(trainConfigSchema).filter(({ path }) => path !== 'provenance');

  it('stand in the schema for every value', () => {
    expect(fields.filter(({ description }) => description === null)).toEqual([]);
  });

  it.each(LANGUAGE_CODES.filter((code) => code !== 'en'))(
    'are there in %s for every value and no other',
    (language) => {
      expect([...explainedPaths(language)].sort()).toEqual(fields.map(({ path }) => path).sort());
    },
  );
});

describe('templates', () => {
  it.each(templates)('%s uses only known keys', (file) => {
    const source = readFileSync(join(views, file), 'utf8');
    const used = [...source.matchAll(/[{(]t "([^"]+)"/g)].map((match) => match[1]!);
    expect(used.filter((key) => !keys.includes(key))).toEqual([]);
  });

  it('hold no text of their own', () => {
    for (const file of templates) {
      const source = readFileSync(join(views, file), 'utf8');
      const text = source
        .replace(/<(code|title)[^>]*>.*?<\/\1>/gs, '')
        .replace(/\{\{.*?\}\}/gs, '')
        .replace(/<[^>]*>/gs, '');
      expect([file, text.replace(/Polarline|P@1|MAP@R/g, '').match(/[A-Za-z]{2,}/g)]).toEqual([file, null]);
    }
  });
});

describe('preferredLanguage', () => {
  it.each([
    ['zh-TW,zh;q=0.9,en;q=0.8', 'zh-TW'],
    ['zh-Hant-HK', 'zh-TW'],
    ['zh-HK', 'zh-TW'],
    ['zh', 'zh-CN'],
    ['zh-Hans-SG', 'zh-CN'],
    ['vi-VN', 'vi'],
    ['fr-FR,vi;q=0.5,en;q=0.7', 'en'],
    ['de', 'en'],
    ['*', 'en'],
    ['vi;q=0, zh-CN;q=0.1', 'zh-CN'],
    [undefined, 'en'],
  ])('%s gives %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });
});

describe('I18n', () => {
  it('writes figures and lengths of time in the locale', () => {
    expect(new I18n('vi').figure(0.98765)).toBe('0,9877');
    expect(new I18n('en').number(12345)).toBe('12,345');
    expect(new I18n('en').duration(3_720_000)).toBe('1 hr 2 mins');
    expect(new I18n('en').duration(59_960)).toBe('1 min 0 secs');
    expect(new I18n('en').duration(119_600)).toBe('2 mins 0 secs');
    expect(new I18n('en').duration(90_000_000)).toBe('1 day 1 hr');
    expect([0.95, 0.975, 0.999].map((share) => new I18n('en').exactPercent(share))).toEqual(['95%', '97.5%', '99.9%']);
    expect(new I18n('zh-TW').duration(61_000)).toContain('1');
    expect(new I18n('en').percent(0.999)).toBe('99%');
    expect(new I18n('en').figure(null)).toBe('');
    expect(new I18n('vi').bytes(1.5 * 1024 ** 3)).toBe('1,5 GiB');
    expect(new I18n('en').exact(0.00001)).toBe('0.00001');
  });

  it('refuses to show a text with a hole in it', () => {
    expect(() => new I18n('en').t('orientation.confirm')).toThrow('{count}');
  });
});
