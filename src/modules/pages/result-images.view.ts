import type { AnswersPage } from '../results/result-details.service.js';
import type { TaskDto } from '../tasks/task-dto.js';
import { shortId } from './format.js';
import type { I18n } from './i18n/index.js';
import { imagesUrl, pictureUrl } from './results.view.js';

/** What the address of the page asks for. */
export interface ResultImagesQuery {
  readonly true: string;
  readonly pred: string;
  readonly product: string;
  readonly component: string;
  readonly light: string;
  readonly wrong: string;
  readonly offset: number;
}

/** View of views/result-images.hbs: the images of one cell, one class, or all. */
export function resultImagesView(
  task: TaskDto,
  page: AnswersPage,
  query: ResultImagesQuery,
  limit: number,
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  const { offset } = query;
  const id = task.task_id;
  const address = (changes: Readonly<Record<string, string | number>>): string => {
    const asked = Object.entries({ ...query, ...changes }).filter(([, value]) => value !== '' && value !== 0);
    return imagesUrl(id, Object.fromEntries(asked.map(([key, value]) => [key, String(value)])));
  };
  const last = offset + page.answers.length;
  return {
    title: i18n.t('results.imagesTitle'),
    scripts: ['results.js'],
    taskId: id,
    shortId: shortId(id),
    filters: [
      query.true || query.pred ? `${query.true || '…'} → ${query.pred || '…'}` : '',
      [query.component, query.product, query.light].filter((part) => part !== '').join(' '),
    ].filter((part) => part !== ''),
    wrongOnly: query.wrong !== '',
    toggleUrl: address({ wrong: query.wrong === '' ? '1' : '', offset: 0 }),
    range: page.total === 0 ? '' : i18n.t('dashboard.range', { from: offset + 1, to: last, total: page.total }),
    previous: offset > 0 ? address({ offset: Math.max(0, offset - limit) }) : null,
    next: last < page.total ? address({ offset: last }) : null,
    images: page.answers.map((answer) => ({
      url: pictureUrl(id, answer.image),
      full: `/training/picture/${id}?image=${encodeURIComponent(answer.image)}`,
      name: `${answer.component} ${i18n.t('orientation.sub', { product: answer.product, light: answer.light })}`,
      answered: i18n.t('results.answered', { truth: answer.trueClass, answer: answer.predictedClass }),
      scores: i18n.t('results.scores', {
        similarity: i18n.figure(answer.similarity, 3),
        threshold: i18n.figure(answer.threshold, 3),
      }),
      status: answer.correct
        ? { name: 'completed', label: i18n.t('results.right') }
        : { name: 'failed', label: i18n.t('results.wrong') },
      file: answer.image,
    })),
  };
}
