import { In, IsNull, Not, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { AppError } from '../../common/index.js';
import { currentScope } from '../auth/access-scope.js';
import type { PoolPartDto } from './pool-dto.js';
import type { PlaceFilter } from './pool-download.service.js';
import type { PoolPart } from './pool-folder.js';
import { PoolImageEntity } from './pool-image.entity.js';

/** Where images are looked for. */
export type Place = Omit<PlaceFilter, 'partNumber'>;

export interface Paging {
  readonly limit: number;
  readonly offset: number;
}

export const NAMES_SHOWN = 5;

/** The row of each file, locked. @throws AppError `IMAGE_UNKNOWN` naming those that are not there */
export async function lockImages(
  manager: EntityManager,
  key: PoolPart,
  files: readonly string[],
  inTrash: boolean,
): Promise<PoolImageEntity[]> {
  const images = await manager.find(PoolImageEntity, {
    where: { ...key, file: In([...new Set(files)]), deletedAt: inTrash ? Not(IsNull()) : IsNull() },
    order: { id: 'ASC' },
    lock: { mode: 'pessimistic_write' },
  });
  const found = new Set(images.map(({ file }) => file));
  const missing = files.filter((file) => !found.has(file));
  if (missing.length > 0) throw imageUnknown(missing);
  return images;
}

export function keyOf({ site, line_id, part_number }: Pick<PoolPartDto, 'site' | 'line_id' | 'part_number'>): PoolPart {
  return { site, lineId: line_id, partNumber: part_number };
}

export function targetOf({
  site,
  line_id,
  part_number,
}: Pick<PoolPartDto, 'site' | 'line_id' | 'part_number'>): string {
  return `part:${site}/${line_id}/${part_number}`;
}

/** What somebody asks for, as far as they may see it. */
export function scoped({ site, lineId, partNumber }: PlaceFilter): FindOptionsWhere<PoolImageEntity> {
  const { sites, lines } = currentScope();
  const within = (asked: string | undefined, allowed: readonly string[] | null) =>
    asked === undefined
      ? allowed === null
        ? undefined
        : In([...allowed])
      : In(allowed?.includes(asked) === false ? [] : [asked]);
  const [mySite, myLine] = [within(site, sites), within(lineId, lines)];
  return {
    ...(mySite === undefined ? {} : { site: mySite }),
    ...(myLine === undefined ? {} : { lineId: myLine }),
    ...(partNumber === undefined ? {} : { partNumber }),
  };
}

export function imageUnknown(files: readonly string[]): AppError {
  const shown = files.slice(0, NAMES_SHOWN).map((file) => file.slice(0, 120));
  const more = files.length > shown.length ? `, and ${files.length - shown.length} more` : '';
  return new AppError(
    'notFound',
    'IMAGE_UNKNOWN',
    `Expected images of this part, got names that it does not have: ${shown.join(', ')}${more}; nothing was changed.`,
    { files: shown },
  );
}
