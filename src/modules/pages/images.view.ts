import type { EstimateDto, PoolDownloadDto, PoolImageDto, PoolPartDto, TrashDto } from '../image-pool/index.js';
import type { I18n } from './i18n/index.js';
import { problemView, type ProblemView } from './problem.view.js';

type Page = { readonly title: string } & Record<string, unknown>;

/** What the form of the fetch was sent with, by its fields. */
export interface FetchFields {
  readonly site: string;
  readonly line_id: string;
  readonly part_number: string;
  readonly start_date: string;
  readonly end_date: string;
  readonly limit: string;
}

export interface ImagesState {
  readonly fields: FetchFields;
  readonly text: string;
  readonly sites: readonly string[];
  readonly mayFetch: boolean;
  readonly estimate?: EstimateDto;
  readonly problem?: ProblemView;
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** View of views/images.hbs. */
export function imagesView(
  { parts, total }: { readonly parts: readonly PoolPartDto[]; readonly total: number },
  downloads: readonly PoolDownloadDto[],
  state: ImagesState,
  paging: Paging,
  i18n: I18n,
): Page {
  const { fields, text, sites, mayFetch, estimate, problem } = state;
  const live = downloads.some(({ status }) => status === 'pending' || status === 'running');
  return {
    title: i18n.t('images.title'),
    scripts: live ? ['images.js'] : [],
    fields,
    sites: sites.map((name) => ({ name, selected: name === fields.site })),
    mayFetch,
    open: problem !== undefined || estimate !== undefined || total === 0,
    problem,
    estimate: estimate && estimateView(estimate, i18n),
    downloads: downloads.map((download) => downloadView(download, mayFetch, i18n)),
    parts: parts.map((part) => ({
      ...partView(part, i18n),
      part: part.part_number,
      site: part.site,
      line: part.line_id,
    })),
    noneText: i18n.t(text === '' ? 'images.none' : 'images.noneFound'),
    text,
    filtered: text !== '',
    pager: pagerView(total, paging, (offset) => `/images?${query({ text, offset })}`, i18n),
  };
}

function estimateView(estimate: EstimateDto, i18n: I18n): Record<string, unknown> {
  const { images, in_pool, to_fetch, first, last, estimated_bytes, free_bytes } = estimate;
  return {
    nothing: images === 0,
    ready: to_fetch > 0,
    button: i18n.t('images.downloadCount', { count: to_fetch }),
    figures: [
      { name: i18n.t('images.found'), value: i18n.number(images) },
      { name: i18n.t('images.inPool'), value: i18n.number(in_pool) },
      { name: i18n.t('images.toFetch'), value: i18n.number(to_fetch) },
      {
        name: i18n.t('images.size'),
        value: estimated_bytes === null ? i18n.t('images.unknownSize') : bytesText(estimated_bytes, i18n),
      },
      { name: i18n.t('images.free'), value: bytesText(free_bytes, i18n) },
    ],
    time: first === null || last === null ? '' : `${first} – ${last}`,
  };
}

function downloadView(download: PoolDownloadDto, mayFetch: boolean, i18n: I18n): Record<string, unknown> {
  const { task_id, status, stored, known, refused, progress } = download;
  const live = status === 'pending' || status === 'running';
  return {
    id: task_id,
    part: download.part_number,
    place: `${download.site} ${download.line_id}`,
    days:
      download.start_date === download.end_date ? download.start_date : `${download.start_date} – ${download.end_date}`,
    status: { name: status, label: i18n.t(`downloadStatus.${status}`) },
    percent: Math.floor(progress * 100),
    percentText: i18n.percent(progress),
    counts: i18n.t('images.counts', { stored, known, refused }),
    problem: live || download.error === null ? null : problemView(download.error, i18n),
    refusals: download.refusals,
    cancellable: live && mayFetch,
    retryable: (status === 'failed' || status === 'cancelled') && mayFetch,
    created: i18n.dateTime(download.created_at),
  };
}

function partView(part: PoolPartDto, i18n: I18n): Record<string, unknown> {
  const { images, ok, ng, unsorted, first, last } = part;
  return {
    url: partUrl(part),
    images: i18n.number(images),
    ok: i18n.number(ok),
    ng: i18n.number(ng),
    unsorted: i18n.number(unsorted),
    time: first === null || last === null ? '' : `${first.slice(0, 10)} – ${last.slice(0, 10)}`,
  };
}

export interface PartState {
  readonly label: string;
  readonly maySort: boolean;
  readonly mayDelete: boolean;
  readonly mayTrain: boolean;
}

/** View of views/image-part.hbs. */
export function imagePartView(
  part: PoolPartDto,
  images: readonly PoolImageDto[],
  total: number,
  state: PartState,
  paging: Paging,
  i18n: I18n,
): Page {
  const filter = (label: string, offset = 0): string => `${partUrl(part)}&${query({ label, offset })}`;
  const labels = [
    { name: '', text: i18n.t('images.all'), count: part.images },
    { name: 'unsorted', text: i18n.t('images.unsorted'), count: part.unsorted },
    { name: 'OK', text: i18n.t('images.OK'), count: part.ok },
    { name: 'NG', text: i18n.t('images.NG'), count: part.ng },
  ];
  const train = { input_dir: part.input_dir, site: part.site, line_id: part.line_id };
  return {
    title: part.part_number,
    scripts: state.maySort && images.length > 0 ? ['image-part.js'] : [],
    part: part.part_number,
    place: `${part.site} ${part.line_id}`,
    address: partUrl(part),
    action: `/images/part/${encodeURIComponent(part.part_number)}/sort?${placeQuery(part)}`,
    rest: JSON.stringify({ part: encodeURIComponent(part.part_number), place: placeQuery(part) }),
    returnTo: filter(state.label, paging.offset),
    filters: labels.map(({ name, text, count }) => ({
      url: filter(name),
      name: name || 'all',
      text,
      count: i18n.number(count),
      current: name === state.label,
    })),
    images: images.map((image, index) => tileView(image, index, i18n)),
    ...state,
    train: state.mayTrain ? `/train/new?${query(train)}` : null,
    ready: part.ok > 0,
    texts: JSON.stringify({
      selected: i18n.t('images.selected', { count: '{count}' }),
      sorted: i18n.t('images.sorted', { count: '{count}', label: '{label}' }),
      deleted: i18n.t('images.deleted', { count: '{count}' }),
      failed: i18n.t('images.failed', { reason: '{reason}' }),
      undone: i18n.t('images.undone'),
      labels: { OK: i18n.t('images.OK'), NG: i18n.t('images.NG'), unsorted: i18n.t('images.unsorted') },
    }),
    pager: pagerView(total, paging, (offset) => filter(state.label, offset), i18n),
  };
}

function tileView(image: PoolImageDto, index: number, i18n: I18n): Record<string, unknown> {
  return {
    file: image.file,
    url: image.url,
    thumbnail: image.thumbnail_url,
    name: image.label ?? 'unsorted',
    label: i18n.t(`images.${image.label ?? 'unsorted'}`),
    time: image.captured_at,
    first: index === 0,
    ...thumbnailSize(image),
  };
}

/** View of views/image-trash.hbs. */
export function imageTrashView(
  { images, total }: TrashDto,
  may: { readonly restore: boolean; readonly empty: boolean },
  paging: Paging,
  i18n: I18n,
): Page {
  return {
    title: i18n.t('images.trash'),
    images: images.map((image) => ({
      file: image.file,
      part: image.part_number,
      thumbnail: image.thumbnail_url,
      url: image.url,
      place: `${image.site} ${image.line_id}`,
      about: i18n.t('images.deletedBy', {
        by: image.deleted_by ?? '',
        at: image.deleted_at === null ? '' : i18n.dateTime(image.deleted_at),
      }),
      value: JSON.stringify([image.part_number, image.site, image.line_id, image.file]),
      ...thumbnailSize(image),
    })),
    mayRestore: may.restore && images.length > 0,
    mayEmpty: may.empty && total > 0,
    emptyAsk: i18n.t('images.emptyAsk', { count: total }),
    pager: pagerView(total, paging, (offset) => `/images/trash?${query({ offset })}`, i18n),
  };
}

export interface Paging {
  readonly limit: number;
  readonly offset: number;
}

function pagerView(
  total: number,
  { limit, offset }: Paging,
  address: (offset: number) => string,
  i18n: I18n,
): Record<string, unknown> {
  const last = Math.min(total, offset + limit);
  return {
    range: total === 0 ? '' : i18n.t('dashboard.range', { from: Math.min(offset + 1, total), to: last, total }),
    previous: offset > 0 ? address(Math.max(0, offset - limit)) : null,
    next: last < total ? address(last) : null,
  };
}

/** So that nothing jumps when the pictures come. */
function thumbnailSize({ width_px, height_px }: PoolImageDto): { width: number; height: number } {
  const scale = Math.min(1, 320 / Math.max(width_px, height_px));
  return { width: Math.max(1, Math.round(width_px * scale)), height: Math.max(1, Math.round(height_px * scale)) };
}

export function partUrl(part: Pick<PoolPartDto, 'part_number' | 'site' | 'line_id'>): string {
  return `/images/part/${encodeURIComponent(part.part_number)}?${placeQuery(part)}`;
}

function placeQuery({ site, line_id }: Pick<PoolPartDto, 'site' | 'line_id'>): string {
  return query({ site, line_id });
}

/** Leaves out what is empty or 0. */
function query(values: Readonly<Record<string, string | number>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== '' && value !== 0);
  return new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)]))).toString();
}

function bytesText(bytes: number, i18n: I18n): string {
  return bytes >= GIB ? `${i18n.number(bytes / GIB, 1)} GiB` : `${i18n.number(bytes / MIB, 1)} MiB`;
}
