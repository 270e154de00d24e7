import { nameClasses, ORIENTATIONS } from '../../dataset/index.js';
import type { GoldenSample } from '../golden-samples/index.js';
import type { ReportTexts, Statement, TextKey } from '../report-texts/index.js';
import { html, type Html } from './html.js';
import { sentence, type ReportContext } from './report-context.js';
import type { ReportData, ReportMistake } from './report-data.js';
import type { Thumbnails } from './thumbnails.js';

/** The file stays small enough to mail; all are in golden_samples/. */
const MAX_GOLDEN_CLASSES = 80;

export async function goldensSection({ data, texts, thumbnails }: ReportContext): Promise<Html> {
  const { goldens, goldensPerClass, excluded, missing } = data.goldens;
  const naming = nameClasses(goldens.map(({ classKey }) => classKey));
  const folders = naming.folders.slice(0, MAX_GOLDEN_CLASSES);
  const left = naming.folders.length - folders.length;
  const blocks: Html[] = [];
  for (const folder of folders) {
    const own = goldens.filter(({ classKey }) => naming.folderOf(classKey) === folder).sort(byOrientation);
    const figures: Html[] = [];
    for (const golden of own) figures.push(await thumbnails.figure(golden.imagePath, goldenCaption(golden, texts)));
    blocks.push(
      html`<h3>${folder}</h3>
        <div class="goldens">${figures}</div>`,
    );
  }
  const words: Statement[] = [
    { key: 'goldens.how', values: { count: goldensPerClass } },
    { key: 'goldens.excluded', values: { count: excluded.length } },
    { key: 'goldens.missing', values: { count: missing.length } },
  ];
  return html`<h2 id="goldens">${texts.t('section.goldens')}</h2>
    <p>${texts.sayAll(words)}</p>
    ${blocks} ${left > 0 ? html`<p class="muted">${texts.t('goldens.more', { count: left })}</p>` : ''}`;
}

function byOrientation(a: GoldenSample, b: GoldenSample): number {
  const rank = ({ orientation }: GoldenSample): number =>
    orientation === null ? 9 : ORIENTATIONS.indexOf(orientation);
  return rank(a) - rank(b) || (a.id < b.id ? -1 : 1);
}

function goldenCaption({ orientation, rotationCwDeg, health, chosenBy }: GoldenSample, texts: ReportTexts): string {
  const { marginToOther, marginToNg, status } = health;
  const parts = [orientation ?? 'NG'];
  if (rotationCwDeg !== 0) parts.push(texts.t('golden.turned', { angle: rotationCwDeg }));
  if (marginToOther !== null) parts.push(texts.t('golden.margin', { value: texts.fixed(marginToOther, 2) }));
  if (marginToNg !== null) parts.push(texts.t('golden.marginToNg', { value: texts.fixed(marginToNg, 2) }));
  if (status === 'weak') parts.push(texts.t('golden.weak'));
  if (chosenBy === 'person') parts.push(texts.t('golden.byPerson'));
  return texts.list(parts);
}

export async function mistakesSection({ data, texts, thumbnails }: ReportContext): Promise<Html> {
  const { total, shown } = data.mistakes;
  const cards: Html[] = [];
  for (const mistake of shown) cards.push(await mistakeCard(mistake, texts, thumbnails));
  return html`<h2 id="mistakes">${texts.t('section.mistakes')}</h2>
    <p>${texts.sayAll(mistakesWords(data))}</p>
    ${total === 0 ? '' : html`<div class="cards">${cards}</div>`}`;
}

function mistakesWords({ answers, mistakes: { total, shown } }: ReportData): Statement[] {
  if (total === 0) return [{ key: answers === 0 ? 'mistakes.noImages' : 'mistakes.none', values: {} }];
  const counts: Statement = { key: 'mistakes.count', values: { wrong: total, total: answers } };
  return total > shown.length ? [counts, { key: 'mistakes.first', values: { count: shown.length } }] : [counts];
}

async function mistakeCard(mistake: ReportMistake, texts: ReportTexts, thumbnails: Thumbnails): Promise<Html> {
  const { image, nearest, own } = mistake;
  return html`<div class="card">
    <div class="pictures">
      ${await thumbnails.figure(image, texts.t('mistake.image'))}
      ${await thumbnails.figure(nearest.image, texts.t('mistake.nearestGolden', { label: nearest.label }))}
      ${own === null ? '' : await thumbnails.figure(own.image, texts.t('mistake.ownGolden', { label: own.label }))}
    </div>
    <p>
      ${sentence(texts, answeredKey(mistake), {
        truth: html`<b>${mistake.trueClass}</b>`,
        answer: html`<span class="wrong">${mistake.predictedClass}</span>`,
      })}
    </p>
    <p class="muted">${texts.say(scores(mistake, texts))}</p>
    <p class="muted">${image}</p>
  </div>`;
}

function answeredKey({ kind }: ReportMistake): TextKey {
  if (kind === null) return 'mistake.answered';
  const keys = {
    escape: 'mistake.escape',
    belowThreshold: 'mistake.belowThreshold',
    nearestIsNg: 'mistake.nearestIsNg',
  } as const;
  return keys[kind];
}

function scores(mistake: ReportMistake, texts: ReportTexts): Statement {
  const { runnerUp, margin } = mistake;
  const values = { similarity: texts.fixed(mistake.similarity), threshold: texts.fixed(mistake.threshold) };
  if (runnerUp === null || margin === null) return { key: 'mistake.scores', values };
  // An NG reference may be nearer than the nearest good golden sample: that is why such a part is rejected.
  return {
    key: margin < 0 ? 'mistake.scoresNearer' : 'mistake.scoresFarther',
    values: { ...values, runnerUp, distance: texts.fixed(Math.abs(margin)) },
  };
}

const KINDS = {
  leak: 'doubt.kind.leak',
  nearDuplicateOtherLabel: 'doubt.kind.nearDuplicateOtherLabel',
  mixedOrientation: 'doubt.kind.mixedOrientation',
  turnedAgainstClass: 'doubt.kind.turnedAgainstClass',
  neighboursDisagree: 'doubt.kind.neighboursDisagree',
} as const;
export const SIDES = { train: 'data.train', val: 'data.val', calibration: 'data.calibration' } as const;

export async function doubtsSection({ data, texts, thumbnails }: ReportContext): Promise<Html> {
  const { total, shown } = data.doubts;
  const cards: Html[] = [];
  for (const { kind, image, label, side, suggested, score, reason, evidence } of shown) {
    const values = {
      kind: html`<b>${texts.t(KINDS[kind])}</b>`,
      share: html`<span class="muted">${texts.percent(score, 0)}</span>`,
    };
    cards.push(
      html`<div class="card">
        <div class="pictures">
          ${await thumbnails.figure(image, texts.t('doubt.labelled', { label, side: texts.t(SIDES[side]) }))}
          ${evidence === '' ? '' : await thumbnails.figure(evidence, texts.t('doubt.evidence'))}
        </div>
        <p>
          ${
            suggested === ''
              ? sentence(texts, 'doubt.plain', values)
              : sentence(texts, 'doubt.suggested', { ...values, suggested: html`<b>${suggested}</b>` })
          }
        </p>
        <p>${texts.say(reason)}</p>
        <p class="muted">${image}</p>
      </div>`,
    );
  }
  const words: Statement[] =
    total === 0 ? [{ key: 'doubts.none', values: {} }] : [{ key: 'doubts.count', values: { count: total } }];
  if (total > shown.length) words.push({ key: 'doubts.first', values: { count: shown.length } });
  return html`<h2 id="doubts">${texts.t('section.doubts')}</h2>
    <p>${texts.sayAll(words)}</p>
    <div class="cards">${cards}</div>`;
}
