import type { ReportLanguage } from '../config.js';
import type { FlippedAnswer, RunComparison } from '../evaluation/compare-runs.js';
import { ENGLISH, ReportTexts, type TextKey } from '../report-texts/index.js';
import { table } from './format.js';
import { html, type Html } from './html.js';
import { page } from './page.js';
import { sentence } from './report-context.js';
import { Thumbnails } from './thumbnails.js';

const MAX_SHOWN = 60;
const SIGNIFICANCE = 0.05;

/** The comparison of two runs as one self-contained page, with the pictures of every answer that flipped. */
export async function buildCompareReport(
  comparison: RunComparison,
  runFolderA: string,
  language: ReportLanguage,
): Promise<string> {
  const { runA: a, runB: b, lost, won } = comparison;
  const texts = new ReportTexts(language);
  const thumbnails = new Thumbnails(runFolderA);
  return page(
    language,
    texts.t('compare.title', { a, b }),
    html`<h1>${texts.t('compare.heading', { a, b })}</h1>
      <p>${imagesWords(comparison, texts)}</p>
      <p class="note">${verdict(comparison, texts)}</p>
      ${figures(comparison, texts)}
      <p>${originalsWords(comparison, texts)}</p>
      ${await flips('compare.lost', lost, texts, thumbnails)} ${await flips('compare.won', won, texts, thumbnails)}`,
  );
}

function imagesWords({ images, sources, onlyA, onlyB }: RunComparison, texts: ReportTexts): string {
  return texts.sayAll([
    { key: 'compare.images', values: { images, sources } },
    ...(onlyA + onlyB > 0 ? [{ key: 'compare.leftOut', values: { a: onlyA, b: onlyB } } as const] : []),
  ]);
}

/** What may be concluded, in a sentence. */
export function verdict({ accuracyDifference: d, originals }: RunComparison, texts = ENGLISH): string {
  if (d.mean === 0 && originals.onlyA + originals.onlyB === 0) return texts.t('compare.same');
  const values = { better: d.mean > 0 ? 'B' : 'A', p: texts.fixed(d.pValue, 4) };
  return texts.t(d.pValue < SIGNIFICANCE ? 'compare.better' : 'compare.chance', values);
}

function figures(c: RunComparison, texts: ReportTexts): Html {
  return table(
    [
      [texts.t('column.accuracy'), c.accuracyA, c.accuracyB, c.accuracyDifference],
      ['MAP@R', c.mapAtRA, c.mapAtRB, c.mapAtRDifference],
    ] as const,
    [
      { title: texts.t('compare.figure'), cell: ([name]) => name },
      { title: 'A', number: true, cell: ([, a]) => texts.percent(a, 2) },
      { title: 'B', number: true, cell: ([, , b]) => texts.percent(b, 2) },
      {
        title: 'B − A',
        number: true,
        cell: ([, , , { mean }]) => texts.t('compare.points', { value: texts.fixed(mean * 100, 2) }),
      },
      { title: texts.t('compare.pValue'), number: true, cell: ([, , , { pValue }]) => texts.fixed(pValue, 4) },
    ],
  );
}

function originalsWords({ originals: { images, onlyA, onlyB, pValue } }: RunComparison, texts: ReportTexts): string {
  return texts.t('compare.originals', { images, a: onlyA, b: onlyB, p: texts.fixed(pValue, 4) });
}

async function flips(
  title: TextKey,
  answers: readonly FlippedAnswer[],
  texts: ReportTexts,
  thumbnails: Thumbnails,
): Promise<Html> {
  const cards: Html[] = [];
  for (const { rowA, trueClass, answerA, answerB, similarityA, similarityB } of answers.slice(0, MAX_SHOWN))
    cards.push(
      html`<div class="card">
        <div class="pictures">${await thumbnails.figure(rowA.path, trueClass)}</div>
        <p>
          ${sentence(texts, 'compare.answers', {
            a: html`<b>${answerA}</b>`,
            similarityA: texts.fixed(similarityA),
            b: html`<b>${answerB}</b>`,
            similarityB: texts.fixed(similarityB),
          })}
        </p>
        <p class="muted">${rowA.path}</p>
      </div>`,
    );
  return html`<h2>${texts.t(title, { count: answers.length })}</h2>
    ${answers.length > MAX_SHOWN ? html`<p class="muted">${texts.t('doubts.first', { count: MAX_SHOWN })}</p>` : ''}
    <div class="cards">${cards}</div>`;
}
