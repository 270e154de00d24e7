import type { ReportTexts, TextKey, TextValue, TextValues } from '../report-texts/index.js';
import { html, Html } from './html.js';
import type { PlotName } from './plots.js';
import type { ChartPicture } from './render-chart.js';
import type { ReportData } from './report-data.js';
import type { Thumbnails } from './thumbnails.js';

/** What every section of a report is written from. */
export interface ReportContext {
  readonly data: ReportData;
  readonly texts: ReportTexts;
  readonly charts: ReadonlyMap<PlotName, ChartPicture>;
  readonly thumbnails: Thumbnails;
}

/** Sentences after one another, as the language sets them. */
export function paragraph(texts: ReportTexts, sentences: readonly Html[]): Html {
  const separator = texts.t('sentence.separator');
  return html`<p>${sentences.map((one, i) => (i === 0 ? one : html`${separator}${one}`))}</p>`;
}

/** A text of the language with markup in some of its places. */
export function sentence(texts: ReportTexts, key: TextKey, values: TextValues<TextValue | Html> = {}): Html {
  const pieces = texts.pieces(key, values).map((piece) => {
    if (typeof piece === 'string') return piece;
    return piece.value instanceof Html ? piece.value : texts.valueText(piece.value);
  });
  return html`${pieces}`;
}
