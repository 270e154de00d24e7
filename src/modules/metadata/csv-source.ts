import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import { parse, type Info } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';

import { badInput, errorMessage } from '../../common/index.js';
import type { ImageToFind, MetadataPlace, MetadataRow, MetadataSource, ProductAnswer } from './metadata-source.js';
import { OffsetTable, type RecordPlace } from './offset-table.js';
import { dayOf, pathOf, resolveRows } from './resolve-rows.js';

const REQUIRED = ['image_path', 'product_name', 'site', 'line_id', 'create_time'] as const;
const OPTIONAL = ['part_number', 'angle'] as const;
const DELIMITERS = [',', ';', '\t'];
/** Enough for any header line. */
const HEAD_BYTES = 64 * 1024;

type ColumnName = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];

interface CsvLayout {
  readonly delimiter: string;
  /** Position of each column; optional ones may be absent. */
  readonly columns: ReadonlyMap<ColumnName, number>;
}

/**
 * Opens an export of amr_raw_data. The file is read once, as a stream, to note where each image's rows lie;
 * rows themselves are read when they are asked for, so memory does not grow with their size.
 */
export async function openCsvSource(path: string): Promise<MetadataSource> {
  const file = await openFile(path);
  try {
    const layout = await readLayout(file, path);
    return new CsvSource(path, file, layout, await indexRecords(path, layout));
  } catch (error) {
    await file.close();
    throw error;
  }
}

class CsvSource implements MetadataSource {
  readonly description: string;
  private closed: Promise<void> | undefined;

  constructor(
    path: string,
    private readonly file: FileHandle,
    private readonly layout: CsvLayout,
    private readonly table: OffsetTable,
  ) {
    this.description = `the metadata file ${path}`;
  }

  async findProducts(images: readonly ImageToFind[], place: MetadataPlace): Promise<Map<string, ProductAnswer>> {
    const answers = new Map<string, ProductAnswer>();
    for (const image of images) {
      place.signal?.throwIfAborted();
      const rows: MetadataRow[] = [];
      for (const where of this.table.find(pathOf(image))) {
        const row = this.match(await this.read(where), image, place);
        if (row !== undefined) rows.push(row);
      }
      resolveRows([image], rows, answers);
    }
    return answers;
  }

  close(): Promise<void> {
    this.closed ??= this.file.close();
    return this.closed;
  }

  private async read({ start, length }: RecordPlace): Promise<string[]> {
    const { buffer } = await this.file.read(Buffer.allocUnsafe(length), 0, length, start);
    const records = parseSync(buffer, parserOptions(this.layout.delimiter));
    return records[0] ?? [];
  }

  private match(fields: readonly string[], image: ImageToFind, place: MetadataPlace): MetadataRow | undefined {
    const field = (name: ColumnName): string => fields[this.layout.columns.get(name) ?? -1]?.trim() ?? '';
    const day = field('create_time').slice(0, 10).replaceAll('/', '-');
    const matches =
      field('image_path') === pathOf(image) &&
      field('site') === place.site &&
      field('line_id') === place.lineId &&
      day === dayOf(image);
    if (!matches) return undefined;
    const angle = field('angle') === '' ? NaN : Number(field('angle'));
    return {
      imagePath: field('image_path'),
      product: field('product_name') || null,
      partNumber: field('part_number') || null,
      angleDeg: Number.isFinite(angle) ? angle : null,
    };
  }
}

function parserOptions(delimiter: string) {
  return { delimiter, bom: true, skip_empty_lines: true, relax_column_count: true } as const;
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    if (!(await file.stat()).isDirectory()) return file;
    await file.close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw badInput(
      'METADATA_CSV_UNREADABLE',
      `expected a readable CSV file at ${path}, got ${code === 'ENOENT' ? 'no such file' : (code ?? 'an error')}; correct the path`,
      { path },
    );
  }
  throw badInput('METADATA_CSV_UNREADABLE', `expected a CSV file at ${path}, got a folder; name the file in it`, {
    path,
  });
}

/** The delimiter is the one that yields the columns we need. */
async function readLayout(file: FileHandle, path: string): Promise<CsvLayout> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const [header = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1);
  let best: { missing: readonly string[]; layout: CsvLayout } | undefined;
  for (const delimiter of DELIMITERS) {
    const names = parseHeader(header, delimiter, path);
    const columns = new Map<ColumnName, number>();
    for (const name of [...REQUIRED, ...OPTIONAL]) if (names.includes(name)) columns.set(name, names.indexOf(name));
    const missing = REQUIRED.filter((name) => !columns.has(name));
    if (best === undefined || missing.length < best.missing.length) best = { missing, layout: { delimiter, columns } };
  }
  if (best !== undefined && best.missing.length === 0) return best.layout;
  throw badInput(
    'METADATA_CSV_COLUMNS',
    `${path}:1: expected a header with the columns ${REQUIRED.join(', ')}, got one without ${best!.missing.join(', ')}; export the table with its column names`,
    { path, missing: best!.missing },
  );
}

function parseHeader(header: string, delimiter: string, path: string): string[] {
  try {
    const [names] = parseSync(header, parserOptions(delimiter));
    return (names ?? []).map((name) => name.trim().toLowerCase());
  } catch (error) {
    throw notCsv(path, error);
  }
}

async function indexRecords(path: string, { delimiter, columns }: CsvLayout): Promise<OffsetTable> {
  const table = new OffsetTable();
  const pathColumn = columns.get('image_path')!;
  const parser = createReadStream(path).pipe(parse({ ...parserOptions(delimiter), info: true }));
  let start = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      const key = record[pathColumn]?.trim();
      // The first record is the header.
      if (start > 0 && key !== undefined && key !== '') table.add(key, { start, length: info.bytes - start });
      start = info.bytes;
    }
  } catch (error) {
    throw notCsv(path, error);
  }
  return table;
}

function notCsv(path: string, error: unknown): Error {
  const line = (error as { lines?: number }).lines;
  return badInput(
    'METADATA_CSV_INVALID',
    `${path}${line === undefined ? '' : `:${line}`}: expected CSV, got: ${errorMessage(error)}; export the table again`,
    { path },
  );
}
