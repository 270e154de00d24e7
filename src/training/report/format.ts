import { html, type Html } from './html.js';

interface Interval {
  readonly low: number;
  readonly high: number;
}

export function percent(value: number | null, digits = 1): string {
  return value === null ? '–' : `${(value * 100).toFixed(digits)} %`;
}

/** A share with its interval in small print. */
export function share(figure: { value: number | null; interval: Interval | null }, digits = 1): Html {
  return html`${percent(figure.value, digits)}${bounds(figure.interval, digits)}`;
}

/** Errors with how many they were of how many, and the interval. */
export function rate(r: { wrong: number; seen: number; rate: number | null; interval: Interval | null }): Html {
  if (r.seen === 0) return html`– <small>none seen</small>`;
  return html`${percent(r.rate)} <small>${r.wrong} of ${r.seen}</small>${bounds(r.interval, 1)}`;
}

function bounds(interval: Interval | null, digits: number): Html | null {
  return interval === null
    ? null
    : html` <small>(${(interval.low * 100).toFixed(digits)}–${(interval.high * 100).toFixed(digits)})</small>`;
}

export function fixed(value: number | null, digits = 3): string {
  // Nothing is gained by a minus before zeros.
  return value === null ? '–' : value.toFixed(digits).replace(/^-(0\.0+)$/, '$1');
}

export function seconds(value: number): string {
  return value < 90 ? `${value.toFixed(1)} s` : `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => Html | string | number;
  readonly number?: boolean;
}

export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${columns.map((c) => html`<th class="${c.number ? 'n' : ''}">${c.title}</th>`)}
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
