import type { AmrRawDataRow } from './amr-raw-data.js';
import type { PlannedImage } from './plan.js';

/** A file that the pipeline must set aside, and what is wrong with it. */
export interface TroubleFile {
  readonly path: string;
  readonly trouble: 'truncated' | 'empty' | 'notAnImage' | 'unparsableName' | 'noMetadata' | 'otherLine';
  readonly bytes: Buffer;
  /** Its row in the factory's table, where it has one. */
  readonly row: AmrRawDataRow | null;
}

/**
 * Files that go wrong in factories, made from good ones: cut off in transfer, empty, text under an image's
 * name, names that do not parse, and images that the metadata does not know for this line.
 */
export function troubleFiles(samples: readonly (PlannedImage & { readonly bytes: Buffer })[]): TroubleFile[] {
  const sample = (index: number) => samples[index % samples.length]!;
  const jpeg = samples.find(({ format }) => format === 'jpeg')?.bytes ?? sample(0).bytes;
  const broken: readonly [TroubleFile['trouble'], Buffer][] = [
    ['truncated', jpeg.subarray(0, Math.floor(jpeg.length * 0.55))],
    ['truncated', jpeg.subarray(0, 180)],
    ['empty', Buffer.alloc(0)],
    ['notAnImage', Buffer.from('Transfer failed: connection reset by peer\r\n')],
  ];
  const unparsable = [
    'IMG_4711.jpg',
    'Thumbs.db',
    'MB-24A25110003_T@U3_001_R.jpg',
    '20250314234107_MB-24A25110003_T_U3_001_R.jpg',
    '20250314234107_MB-24A25110003_T@U3_R.jpg',
    '20251341236107_MB-24A25110003_T@U3_001_R.jpg',
  ];
  return [
    ...broken.map(([trouble, bytes], i): TroubleFile => {
      const { fileName, row } = renamed(sample(i * 7), 7001 + i);
      return { path: `OK/${fileName}`, trouble, bytes, row };
    }),
    ...unparsable.map((name): TroubleFile => ({
      path: `OK/${name}`,
      trouble: 'unparsableName',
      bytes: jpeg,
      row: null,
    })),
    ...[0, 1, 2].map((i): TroubleFile => {
      const { fileName } = renamed(sample(i * 11), 8001 + i);
      return { path: `OK/${fileName}`, trouble: 'noMetadata', bytes: jpeg, row: null };
    }),
    ...[0, 1].map((i): TroubleFile => {
      const { fileName, row } = renamed(sample(i * 13), 9001 + i);
      return { path: `OK/${fileName}`, trouble: 'otherLine', bytes: jpeg, row: { ...row, line_id: 'V99' } };
    }),
  ];
}

/** The name and row that a good image would have had on a board of its own, as a JPEG. */
function renamed({ row }: PlannedImage, board: number): { fileName: string; row: AmrRawDataRow } {
  const oldName = String(row.image_name);
  const boardSerial = `TR${board}_T`;
  const fileName = oldName.replace(/_[^@]*@/, `_${boardSerial}@`).replace(/\.\w+$/, '.jpg');
  const imagePath = String(row.image_path).replace(oldName, fileName);
  // One more digit keeps the identifier unique.
  const uuid = `${String(row.uuid).slice(0, -4)}${board}`;
  return {
    fileName,
    row: { ...row, uuid, image_name: fileName, image_path: imagePath, board_sn: boardSerial, carrier_sn: boardSerial },
  };
}
