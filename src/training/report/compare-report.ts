import type { FlippedAnswer, RunComparison } from '../evaluation/compare-runs.js';
import { fixed, percent, table } from './format.js';
import { html, raw, type Html } from './html.js';
import { reportStyle } from './style.js';
import { Thumbnails } from './thumbnails.js';

const MAX_SHOWN = 60;

/** The comparison of two runs as one self-contained page, with the pictures of every answer that flipped. */
export async function buildCompareReport(comparison: RunComparison, runFolderA: string): Promise<string> {
  const c = comparison;
  const thumbnails = new Thumbnails(runFolderA);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${c.runA} and ${c.runB}</title>
        <style>
          ${raw(await reportStyle())}
        </style>
      </head>
      <body>
        <main>
          <h1>${c.runA} against ${c.runB}</h1>
          <p>
            ${c.images} validation images of ${c.sources} sources that both runs have.
            ${c.onlyA + c.onlyB > 0 ? `${c.onlyA} of A and ${c.onlyB} of B are not in both and left out.` : ''}
          </p>
          <p class="note">${verdict(c)}</p>
          ${table(
            [
              ['Accuracy', c.accuracyA, c.accuracyB, c.accuracyDifference],
              ['MAP@R', c.mapAtRA, c.mapAtRB, c.mapAtRDifference],
            ] as const,
            [
              { title: 'Figure', cell: ([name]) => name },
              { title: 'A', number: true, cell: ([, a]) => percent(a, 2) },
              { title: 'B', number: true, cell: ([, , b]) => percent(b, 2) },
              { title: 'B − A', number: true, cell: ([, , , d]) => `${(d.mean * 100).toFixed(2)} points` },
              { title: 'p (sources flipped)', number: true, cell: ([, , , d]) => fixed(d.pValue, 4) },
            ],
          )}
          <p>
            Among the ${c.originals.images} images as taken, ${c.originals.onlyA} are right in A alone and
            ${c.originals.onlyB} in B alone (exact McNemar test: p = ${fixed(c.originals.pValue, 4)}).
          </p>
          ${await flips('Right in A, wrong in B', c.lost, thumbnails)}
          ${await flips('Wrong in A, right in B', c.won, thumbnails)}
        </main>
      </body>
    </html>`;
  return `${page.text.replace(/\n\s+/g, '\n').trim()}\n`;
}

/** What may be concluded, in a sentence. */
export function verdict({ accuracyDifference: d, originals }: RunComparison, significance = 0.05): string {
  if (d.mean === 0 && originals.onlyA + originals.onlyB === 0) return 'Both runs answer these images equally well.';
  const better = d.mean > 0 ? 'B' : 'A';
  return d.pValue < significance
    ? `${better} answers more images rightly, and that is no accident (p = ${d.pValue.toFixed(4)}).`
    : `${better} answers more images rightly, but that may be chance (p = ${d.pValue.toFixed(4)}): these images do not tell the two apart.`;
}

async function flips(title: string, answers: readonly FlippedAnswer[], thumbnails: Thumbnails): Promise<Html> {
  const cards: Html[] = [];
  for (const answer of answers.slice(0, MAX_SHOWN))
    cards.push(
      html`<div class="card">
        <div class="pictures">${await thumbnails.figure(answer.rowA.path, answer.trueClass)}</div>
        <p>
          A: <b>${answer.answerA}</b> (${fixed(answer.similarityA)}), B:
          <b>${answer.answerB}</b> (${fixed(answer.similarityB)})
        </p>
        <p class="muted">${answer.rowA.path}</p>
      </div>`,
    );
  return html`<h2>${title}: ${answers.length}</h2>
    ${answers.length > MAX_SHOWN ? html`<p class="muted">The first ${MAX_SHOWN} are shown.</p>` : ''}
    <div class="cards">${cards}</div>`;
}
