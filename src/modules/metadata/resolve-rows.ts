import { captureDay, metadataImagePath } from '../../dataset/index.js';
import type { ImageToFind, MetadataRow, ProductAnswer } from './metadata-source.js';

/** `YYYY-MM-DD` of the capture, from the file name. */
export function dayOf(image: ImageToFind): string {
  return captureDay(image.name);
}

/** The `image_path` of the row that belongs to an image. */
export function pathOf(image: ImageToFind): string {
  return metadataImagePath(image.name, image.fileName);
}

/**
 * One answer an image. Several rows that name one product agree, as after a second inspection: the first row
 * speaks. Rows that name different products are reported, never guessed between.
 */
export function resolveRows(
  images: readonly ImageToFind[],
  rows: readonly MetadataRow[],
  into: Map<string, ProductAnswer>,
): void {
  const byPath = new Map<string, MetadataRow[]>();
  for (const row of rows) {
    const own = byPath.get(row.imagePath);
    if (own === undefined) byPath.set(row.imagePath, [row]);
    else own.push(row);
  }
  for (const image of images) {
    const own = byPath.get(pathOf(image));
    if (own !== undefined) into.set(image.fileName, answerFrom(own));
  }
}

function answerFrom(rows: readonly MetadataRow[]): ProductAnswer {
  const named = rows.filter(({ product }) => product !== null && product.trim() !== '');
  const [first] = named;
  if (first === undefined)
    return { kind: 'unclear', code: 'noProductName', reason: `${rows.length} metadata rows without a product name` };
  const products = [...new Set(named.map(({ product }) => product!.trim()))].sort();
  if (products.length > 1)
    return {
      kind: 'unclear',
      code: 'ambiguousMetadata',
      reason: `metadata rows name ${products.length} products for this image: ${products.slice(0, 5).join(', ')}`,
    };
  return { kind: 'found', product: products[0]!, partNumber: first.partNumber, angleDeg: first.angleDeg };
}
