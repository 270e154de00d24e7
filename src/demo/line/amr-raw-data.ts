import { stringify } from 'csv-stringify/sync';
import type { Random } from '../../common/index.js';
import { captureDay, metadataImagePath, parseImageName } from '../../dataset/index.js';
import type { Placement } from './catalogue.js';
import { PARTS } from './parts/index.js';
import { turnsOf, windowOf, type Defect } from './picture.js';

/** The columns of `public.amr_raw_data`, in order, with their types in the factory database. */
export const AMR_COLUMNS = {
  uuid: 'uuid',
  product_name: 'varchar(64)',
  site: 'varchar(16)',
  line_id: 'varchar(16)',
  station_id: 'varchar(32)',
  factory: 'varchar(32)',
  aoi_id: 'varchar(32)',
  create_time: 'timestamp without time zone',
  top_btm: 'char(1)',
  imulti_col: 'integer',
  imulti_row: 'integer',
  carrier_sn: 'varchar(64)',
  board_sn: 'varchar(64)',
  image_path: 'varchar(256)',
  image_name: 'varchar(160)',
  part_number: 'varchar(64)',
  comp_name: 'varchar(64)',
  window_id: 'integer',
  aoi_defect: 'varchar(32)',
  op_defect: 'varchar(32)',
  ai_result: 'varchar(8)',
  center_x: 'integer',
  center_y: 'integer',
  region_x: 'integer',
  region_y: 'integer',
  angle: 'real',
  cycle_time: 'real',
  total_comp: 'integer',
  package_type: 'varchar(32)',
  comp_type: 'varchar(32)',
  group_type: 'varchar(32)',
  is_covered: 'boolean',
} as const;

export type AmrColumn = keyof typeof AMR_COLUMNS;
export const AMR_COLUMN_NAMES = Object.keys(AMR_COLUMNS) as AmrColumn[];

/** One row of the factory's table: what the line knows of one image. */
export type AmrRawDataRow = Readonly<Record<AmrColumn, string | number | boolean | null>>;

export interface RowSpec {
  readonly fileName: string;
  readonly site: string;
  readonly lineId: string;
  readonly placement: Placement;
  readonly boardSerial: string;
  readonly defect: Defect | null;
}

/** The row that the line writes for one image. */
export function amrRow(spec: RowSpec, random: Random): AmrRawDataRow {
  const parsed = parseImageName(spec.fileName);
  if (!parsed.ok) throw new Error(`The demo line made an unusable name: ${spec.fileName}: ${parsed.reason}`);
  const { timestamp, index } = parsed.name;
  const clock = `${timestamp.slice(8, 10)}:${timestamp.slice(10, 12)}:${timestamp.slice(12, 14)}`;
  const part = PARTS[spec.placement.part];
  const window = windowOf(spec.placement);
  return {
    uuid: randomUuid(random),
    product_name: spec.placement.product.name,
    site: spec.site,
    line_id: spec.lineId,
    station_id: 'AOI',
    factory: 'DEMO',
    aoi_id: `${spec.lineId}-AOI-1`,
    create_time: `${captureDay(parsed.name)} ${clock}`,
    top_btm: 'T',
    imulti_col: 1,
    imulti_row: 1,
    carrier_sn: spec.boardSerial,
    board_sn: spec.boardSerial,
    image_path: metadataImagePath(parsed.name, spec.fileName),
    image_name: spec.fileName,
    part_number: spec.placement.product.partNumber,
    comp_name: spec.placement.component,
    window_id: Number(index),
    aoi_defect: spec.defect,
    op_defect: spec.defect,
    ai_result: spec.defect === null ? '1' : '0',
    center_x: 200 + random.integer(1500),
    center_y: 200 + random.integer(1100),
    region_x: window.widthPx,
    region_y: window.heightPx,
    angle: turnsOf(spec.placement) * 90,
    cycle_time: Number(random.uniform(11, 19).toFixed(1)),
    total_comp: 1,
    package_type: part.packageType,
    comp_type: part.compType,
    group_type: part.polarized ? 'Polarity' : 'Marking',
    is_covered: false,
  };
}

/** The same rows as a CSV export with a header line; an empty field is NULL. */
export function amrCsv(rows: readonly AmrRawDataRow[]): string {
  return stringify([...rows], {
    header: true,
    columns: AMR_COLUMN_NAMES,
    cast: { boolean: (value) => String(value) },
  });
}

function randomUuid(random: Random): string {
  const bytes = Buffer.alloc(16);
  for (let word = 0; word < 4; word++) bytes.writeUInt32BE(random.nextUint32(), word * 4);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
