import { nameClasses, ORIENTATIONS } from '../../dataset/index.js';
import type { Answer } from '../evaluation/answers.js';
import { rankMistakes } from '../evaluation/worst-mistakes.js';
import type { LabelDoubt } from '../evaluation/label-review.js';
import type { GoldenSample } from '../golden-samples/index.js';
import { fixed, percent } from './format.js';
import { html, type Html } from './html.js';
import type { ReportInputs } from './report-inputs.js';
import type { Thumbnails } from './thumbnails.js';

/** The file stays small enough to mail; everything is in the CSV files. */
const MAX_GOLDEN_CLASSES = 80;
const MAX_MISTAKES = 36;
const MAX_DOUBTS = 36;

export async function goldensSection({ goldens }: ReportInputs, thumbnails: Thumbnails): Promise<Html> {
  const naming = nameClasses(goldens.goldens.map(({ classKey }) => classKey));
  const folders = naming.folders.slice(0, MAX_GOLDEN_CLASSES);
  const left = naming.folders.length - folders.length;
  const blocks: Html[] = [];
  for (const folder of folders) {
    const own = goldens.goldens.filter(({ classKey }) => naming.folderOf(classKey) === folder).sort(byOrientation);
    const figures: Html[] = [];
    for (const golden of own) figures.push(await thumbnails.figure(golden.imagePath, goldenCaption(golden)));
    blocks.push(
      html`<h3>${folder}</h3>
        <div class="goldens">${figures}</div>`,
    );
  }
  return html`<h2 id="goldens">Golden samples</h2>
    <p>
      Up to ${goldens.goldensPerClass} a class and orientation, medoids of the training images; originals before turned
      copies. The margin is the similarity that nine in ten of its own images reach, less that of the nearest image of
      another orientation (or NG): below 0 it cannot tell them apart. ${goldens.excluded.length} candidates were
      excluded${goldens.excluded.length > 0 ? ' (reasons in golden_samples/manifest.json)' : ''};
      ${goldens.missing.length} class and orientation pairs have none.
    </p>
    ${blocks} ${left > 0 ? html`<p class="muted">${left} more classes are in golden_samples/.</p>` : ''}`;
}

function byOrientation(a: GoldenSample, b: GoldenSample): number {
  const rank = ({ orientation }: GoldenSample): number =>
    orientation === null ? 9 : ORIENTATIONS.indexOf(orientation);
  return rank(a) - rank(b) || (a.id < b.id ? -1 : 1);
}

function goldenCaption({ orientation, rotationCwDeg, health, chosenBy }: GoldenSample): string {
  const parts = [orientation ?? 'NG'];
  if (rotationCwDeg !== 0) parts.push(`turned ${rotationCwDeg}°`);
  if (health.marginToOther !== null) parts.push(`margin ${fixed(health.marginToOther, 2)}`);
  if (health.marginToNg !== null) parts.push(`to NG ${fixed(health.marginToNg, 2)}`);
  if (health.status === 'weak') parts.push('weak');
  if (chosenBy === 'person') parts.push('chosen by a person');
  return parts.join(', ');
}

export async function mistakesSection({ result, goldens }: ReportInputs, thumbnails: Thumbnails): Promise<Html> {
  const byId = new Map(goldens.goldens.map((golden) => [golden.id, golden]));
  const wrong = rankMistakes(result.answers);
  const cards: Html[] = [];
  for (const answer of wrong.slice(0, MAX_MISTAKES)) {
    const nearest = byId.get(answer.goldenId)!;
    const { row } = answer;
    const own = row.ok
      ? goldens.goldens.find((g) => sameClass(g, answer) && g.orientation === row.orientation)
      : undefined;
    cards.push(
      html`<div class="card">
        <div class="pictures">
          ${await thumbnails.figure(row.path, 'the image')}
          ${await thumbnails.figure(nearest.imagePath, `nearest golden: ${nearest.label}`)}
          ${own === undefined || own === nearest ? '' : await thumbnails.figure(own.imagePath, `its own golden: ${own.label}`)}
        </div>
        <p>
          <b>${answer.trueClass}</b> answered <span class="wrong">${answer.predictedClass}</span>${mistakeWords(answer)}
        </p>
        <p class="muted">
          similarity ${fixed(answer.similarity)}, threshold
          ${fixed(answer.threshold)}${
            answer.runnerUp === null ? '' : `, then ${answer.runnerUp} (${distanceWords(answer.margin)})`
          }
        </p>
        <p class="muted">${row.path}</p>
      </div>`,
    );
  }
  return html`<h2 id="mistakes">Worst mistakes</h2>
    ${
      wrong.length === 0
        ? html`<p>
            ${result.answers.length === 0 ? 'There are no validation images.' : 'None: every validation image was answered rightly.'}
          </p>`
        : html`<p>
            ${wrong.length} of ${result.answers.length} answers are wrong; missed defects first, then the most
            confident.
            ${wrong.length > MAX_MISTAKES ? `The first ${MAX_MISTAKES} are shown, all are in evaluation_results.csv.` : ''}
          </p>`
    }
    <div class="cards">${cards}</div>`;
}

/** An NG reference may be nearer than the nearest good golden sample: that is why such a part is rejected. */
function distanceWords(margin: number | null): string {
  return margin !== null && margin < 0 ? `${fixed(-margin)} nearer` : `${fixed(margin)} farther`;
}

function mistakeWords({ row, accepted, reason }: Answer): string {
  if (!row.ok && accepted) return ': a missed defect';
  if (reason === 'belowThreshold') return ': a false call, below the threshold';
  if (reason === 'nearestIsNg') return ': a false call, nearest to an NG reference';
  return '';
}

function sameClass({ classKey }: GoldenSample, { row }: Answer): boolean {
  return JSON.stringify(classKey) === JSON.stringify(row.classKey);
}

const KIND_NAMES: Record<LabelDoubt['kind'], string> = {
  leak: 'Leak',
  nearDuplicateOtherLabel: 'Same picture, other label',
  mixedOrientation: 'Mixed orientations',
  turnedAgainstClass: 'Turned against its class',
  neighboursDisagree: 'Neighbours disagree',
};

export async function doubtsSection({ result }: ReportInputs, thumbnails: Thumbnails): Promise<Html> {
  const cards: Html[] = [];
  for (const doubt of result.doubts.slice(0, MAX_DOUBTS))
    cards.push(
      html`<div class="card">
        <div class="pictures">
          ${await thumbnails.figure(doubt.row.path, `${doubt.row.label} (${doubt.row.split})`)}
          ${doubt.evidence === '' ? '' : await thumbnails.figure(doubt.evidence, 'speaks against it')}
        </div>
        <p>
          <b>${KIND_NAMES[doubt.kind]}</b>${doubt.suggested === '' ? '' : html`: perhaps <b>${doubt.suggested}</b>`}
          <span class="muted">(${percent(doubt.score, 0)})</span>
        </p>
        <p>${doubt.reason}</p>
        <p class="muted">${doubt.row.path}</p>
      </div>`,
    );
  return html`<h2 id="doubts">Label doubts</h2>
    <p>
      ${
        result.doubts.length === 0
          ? 'None: no image stands against its neighbours, its class or the split.'
          : `${result.doubts.length} for a person to look at; they are ranked in label_review.csv.${result.doubts.length > MAX_DOUBTS ? ` The first ${MAX_DOUBTS} are shown.` : ''}`
      }
    </p>
    <div class="cards">${cards}</div>`;
}
