import type { ReportTexts } from '../report-texts/index.js';
import { html, type Html } from './html.js';

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A share with its interval in small print. */
export function share(
  texts: ReportTexts,
  figure: { readonly value: number | null; readonly interval: Interval | null },
): Html {
  return html`${texts.percent(figure.value)}${bounds(texts, figure.interval)}`;
}

interface Rate {
  readonly wrong: number;
  readonly seen: number;
  readonly rate: number | null;
  readonly interval: Interval | null;
}

/** Errors with how many they were of how many, and the interval. */
export function rate(texts: ReportTexts, { wrong, seen, rate, interval }: Rate): Html {
  if (seen === 0) return html`– <small>${texts.t('value.noneSeen')}</small>`;
  const counts = texts.t('value.ofSeen', { wrong, seen });
  return html`${texts.percent(rate)} <small>${counts}</small>${bounds(texts, interval)}`;
}

function bounds(texts: ReportTexts, interval: Interval | null): Html | null {
  if (interval === null) return null;
  const [low, high] = [texts.percentNumber(interval.low), texts.percentNumber(interval.high)];
  return html` <small>(${low}–${high})</small>`;
}

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => Html | string;
  readonly number?: boolean;
}

export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): Html {
  return html`<div class="scroll" tabindex="0">
    <table>
      <thead>
        <tr>
          ${columns.map((c) => html`<th scope="col" class="${c.number ? 'n' : ''}">${c.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((c, i) => html`<td class="${c.number ? 'n' : i === 0 ? 'name' : ''}">${c.cell(row)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
