import { ACCESS_TEXTS } from './access-texts.js';
import { DATA_TEXTS } from './data-texts.js';
import { PLAIN_ENGLISH } from './plain-english.js';
import { REQUEST_TEXTS } from './request-texts.js';
import { TASK_TEXTS } from './task-texts.js';
import { TRAINING_TEXTS } from './training-texts.js';
import { TRANSLATED_LANGUAGES, type Translations } from './translations.js';

/** What is wrong and what to do, by error code. English is the message of the error itself, with its particulars. */
export const ERROR_TEXTS: Readonly<Record<string, Translations>> = {
  ...ACCESS_TEXTS,
  ...REQUEST_TEXTS,
  ...TASK_TEXTS,
  ...DATA_TEXTS,
  ...TRAINING_TEXTS,
};

/** A value's place in a text; `${NAME}` is not one, that is how configuration files refer to variables. */
const PLACE = /(?<!\$)\{(\w+)\}/g;

/**
 * The text of an error in a language.
 * @param details of the error; they fill the `{names}` of the few texts that have some
 * @returns null where there is none: the error's own message, which is English, stands then
 */
export function errorText(code: string, language: string, details: Readonly<Record<string, unknown>>): string | null {
  const text = textOf(code, language);
  if (text === null || placesOf(text).some((name) => !isFilling(details[name]))) return null;
  return text.replace(PLACE, (_whole, name: string) => String(details[name]));
}

/** True where the text leaves nothing of the error's message out. */
export function errorTextSaysAll(code: string): boolean {
  return Object.hasOwn(PLAIN_ENGLISH, code);
}

/** The names of the values that a text takes, sorted. */
export function placesOf(text: string): string[] {
  return [...text.matchAll(PLACE)].map((match) => match[1]!).sort();
}

function textOf(code: string, language: string): string | null {
  if (language === 'en') return Object.entries(PLAIN_ENGLISH).find(([key]) => key === code)?.[1] ?? null;
  const column = (TRANSLATED_LANGUAGES as readonly string[]).indexOf(language);
  return Object.hasOwn(ERROR_TEXTS, code) ? (ERROR_TEXTS[code]![column] ?? null) : null;
}

function isFilling(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
