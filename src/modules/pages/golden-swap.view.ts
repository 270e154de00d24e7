import type { GoldenCandidatesDto, GoldenDto } from '../goldens/index.js';
import type { TaskDto } from '../tasks/task-dto.js';
import { shortId } from './format.js';
import type { I18n } from './i18n/index.js';
import { sized } from './results.view.js';

/** View of views/golden-swap.hbs. */
export function goldenSwapView(
  task: TaskDto,
  golden: GoldenDto,
  page: GoldenCandidatesDto,
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  const address = (offset: number): string =>
    `/tasks/${task.task_id}/results/golden?${new URLSearchParams({ golden: golden.id, offset: String(offset) }).toString()}`;
  const last = page.offset + page.candidates.length;
  return {
    title: i18n.t('results.swapOf', { golden: golden.id }),
    taskId: task.task_id,
    shortId: shortId(task.task_id),
    goldenId: golden.id,
    present: { url: sized(golden.picture_url, 320), why: golden.why, image: golden.image },
    byPerson: golden.chosen_by === 'person',
    range: page.total === 0 ? '' : i18n.t('dashboard.range', { from: page.offset + 1, to: last, total: page.total }),
    previous: page.offset > 0 ? address(Math.max(0, page.offset - page.limit)) : null,
    next: last < page.total ? address(last) : null,
    // The present one keeps its place in the row, so that the range counts what is shown; alone it is no choice.
    candidates: (page.total > 1 ? page.candidates : []).map((candidate, i) => ({
      isGolden: candidate.is_golden,
      image: candidate.image,
      url: sized(candidate.picture_url, 160),
      alt: i18n.t('results.candidate', { number: page.offset + i + 1 }),
      source: candidate.source,
      turned: candidate.rotation_cw_deg === 0 ? null : i18n.t('results.turned', { angle: candidate.rotation_cw_deg }),
    })),
  };
}
