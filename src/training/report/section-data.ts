import type { SplitCertificate } from '../../dataset/index.js';
import type { ReportTexts, Statement } from '../report-texts/index.js';
import { table } from './format.js';
import { html, type Html } from './html.js';
import { paragraph, sentence, type ReportContext } from './report-context.js';
import { SIDES } from './sections-pictures.js';

/** What the model was trained and judged on, and how the two were kept apart. */
export function dataSection({ data: { summary, certificate }, texts }: Pick<ReportContext, 'data' | 'texts'>): Html {
  const { data } = summary;
  const sides = (['train', 'val', 'calibration'] as const).filter((side) => data[side].images > 0);
  const edges = data.crossSplitEdges;
  const verdict = edges === null ? texts.t('note.noCertificate') : texts.t('data.edges', { count: edges });
  const labels = sentence(texts, 'data.labels', {
    count: data.classKeys,
    labels: html`<code>labels: ${data.labels}</code>`,
    ng: html`<code>ng: ${data.ng}</code>`,
  });
  return html`<h2 id="data">${texts.t('section.data')}</h2>
    ${paragraph(texts, [labels, html`<span class="${edges === 0 ? 'ok' : 'wrong'}">${verdict}</span>`])}
    ${table(sides, [
      { title: texts.t('column.side'), cell: (side) => texts.t(SIDES[side]) },
      { title: texts.t('column.sources'), number: true, cell: (side) => texts.count(data[side].sources) },
      { title: texts.t('column.images'), number: true, cell: (side) => texts.count(data[side].images) },
      { title: texts.t('column.ng'), number: true, cell: (side) => texts.count(data[side].ng) },
    ])}
    ${certificate === null ? '' : split(certificate, texts)}`;
}

function split(certificate: SplitCertificate, texts: ReportTexts): Html {
  const { groups, seed, nearDuplicates, digest } = certificate;
  return html`<p>
      ${sentence(texts, 'data.split', {
        ...groups,
        seed: String(seed),
        pairs: nearDuplicates.pairs,
        digest: html`<code>${digest}</code>`,
      })}
    </p>
    ${
      certificate.skipped === undefined
        ? // An earlier release wrote these as sentences alone.
          certificate.notes.map((note) => html`<p class="muted" lang="en">${note}</p>`)
        : splitNotes(certificate, texts).map((note) => html`<p class="muted">${texts.say(note)}</p>`)
    }`;
}

/** What `notes` of the certificate say, from its figures. */
function splitNotes({ classes, nearDuplicates, skipped }: SplitCertificate, texts: ReportTexts): Statement[] {
  const notes: Statement[] = [];
  const small = classes.filter(({ ok, val }) => ok && val === 0);
  if (small.length > 0) {
    const names = small.map(({ folder: name, images, groups: sources }) =>
      texts.t('data.smallClass', { name, images, sources }),
    );
    notes.push({ key: 'data.smallClasses', values: { count: small.length, classes: texts.list(names) } });
  }
  const { releasedPairs: count, strictestCorrelation } = nearDuplicates;
  if (count > 0)
    notes.push({
      key: 'data.releasedPairs',
      values: { count, correlation: texts.fixed(strictestCorrelation) },
    });
  if (skipped !== undefined && skipped.classes.length > 0)
    notes.push({
      key: 'data.skippedClasses',
      values: { count: skipped.classes.length, images: skipped.images, classes: texts.list(skipped.classes) },
    });
  return notes;
}
