import type { FlippedAnswer } from '../../training/evaluation/index.js';
import type { ComparedTasks, ResultDetails } from '../results/result-details.service.js';
import { TRAIN_CONFIG_BLOCKS } from '../settings/train-config.service.js';
import { shortId } from './format.js';
import type { I18n } from './i18n/index.js';
import { headline, pictureUrl, shareText } from './results.view.js';
import { SETTING_FIELDS, settingText } from './setting-fields.js';

const MOST_FLIPS = 24;
const SIGNIFICANT = 0.05;

/** View of views/compare.hbs. */
export function compareView(
  { a, b, comparison }: ComparedTasks,
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  const sides = [side('A', a, i18n), side('B', b, i18n)];
  const [figuresA, figuresB] = [a, b].map(({ summary }) => (summary === null ? [] : headline(summary, i18n)));
  return {
    title: i18n.t('compare.title'),
    scripts: ['results.js'],
    sides,
    figures: figuresA!.flatMap((figure, i) => {
      const other = figuresB![i];
      return other === undefined ? [] : [{ name: figure.name, a: figure, b: other }];
    }),
    settings: changedSettings(a, b),
    paired: comparison && {
      title: i18n.t('compare.paired', { images: comparison.images }),
      verdict: verdict(comparison.accuracyDifference.mean, comparison.accuracyDifference.pValue, i18n),
      accuracyA: shareText(comparison.accuracyA, i18n),
      accuracyB: shareText(comparison.accuracyB, i18n),
      difference: `${i18n.number(100 * comparison.accuracyDifference.mean, 2)} %`,
      lost: comparison.lost.slice(0, MOST_FLIPS).map((flip) => flipView(a, flip, i18n)),
      won: comparison.won.slice(0, MOST_FLIPS).map((flip) => flipView(a, flip, i18n)),
    },
  };
}

function side(name: string, { task }: ResultDetails, i18n: I18n): Record<string, unknown> {
  return {
    name,
    id: task.id,
    shortId: shortId(task.id),
    line: `${task.site} ${task.lineId}`,
    created: i18n.dateTime(task.createdAt.toISOString()),
  };
}

function verdict(mean: number, pValue: number, i18n: I18n): string {
  if (mean === 0) return i18n.t('compare.same');
  if (pValue >= SIGNIFICANT) return i18n.t('compare.chance', { p: i18n.figure(pValue, 3) });
  const odds = Math.floor(1 / Math.max(pValue, 1e-6));
  return i18n.t('compare.better', { better: mean > 0 ? 'B' : 'A', odds });
}

function changedSettings(a: ResultDetails, b: ResultDetails): { path: string; a: string; b: string }[] {
  return SETTING_FIELDS.filter(({ path }) => TRAIN_CONFIG_BLOCKS.some((block) => path.startsWith(block))).flatMap(
    ({ path }) => {
      const [valueA, valueB] = [settingText(a.task.config, path), settingText(b.task.config, path)];
      return valueA === valueB ? [] : [{ path, a: valueA || '–', b: valueB || '–' }];
    },
  );
}

function flipView({ task }: ResultDetails, flip: FlippedAnswer, i18n: I18n): Record<string, unknown> {
  const { product, component, light } = flip.rowA.classKey;
  return {
    url: pictureUrl(task.id, flip.rowA.path),
    full: `/training/picture/${task.id}?image=${encodeURIComponent(flip.rowA.path)}`,
    truth: flip.trueClass,
    name: `${component} ${i18n.t('orientation.sub', { product, light })}`,
    answers: i18n.t('compare.answers', { a: flip.answerA, b: flip.answerB }),
  };
}
