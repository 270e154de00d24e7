import { createCanvas } from '@napi-rs/canvas';
import { Random } from '../../common/index.js';
import { NoiseTable } from './camera.js';
import { planClasses, type LineClass } from './catalogue.js';
import { PARTS } from './parts/index.js';
import { possibleDefects, takePicture, type Defect, type Picture } from './picture.js';

const CELL_PX = 170;
const GOOD_PICTURES = 4;

/** A PNG that shows what the line makes: a row a class, good pictures first, then each defect. */
export async function drawContactSheet(seed: number, maxClasses = Infinity): Promise<Buffer> {
  const noise = NoiseTable.create(new Random(`${seed}/noise`));
  const rows = planClasses(seed, maxClasses).map((lineClass) => {
    const kinds: (Defect | null)[] = [
      ...new Array<null>(GOOD_PICTURES).fill(null),
      ...possibleDefects(PARTS[lineClass.placement.part]),
    ];
    return kinds.map((defect, column) => takePicture(shotOf(lineClass, defect, column), String(seed), noise));
  });
  return layOut(rows);
}

function shotOf(
  { placement, light }: LineClass,
  defect: Defect | null,
  column: number,
): Parameters<typeof takePicture>[0] {
  const placementSeed = `sheet/${placement.component}/${column}`;
  return { placement, light, defect, placementSeed, shotSeed: `${placementSeed}/${light}` };
}

async function layOut(rows: readonly (readonly Picture[])[]): Promise<Buffer> {
  const columns = Math.max(...rows.map((row) => row.length));
  const sheet = createCanvas(columns * CELL_PX, rows.length * CELL_PX);
  const ctx = sheet.getContext('2d');
  ctx.fillStyle = '#777';
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  rows.forEach((row, y) =>
    row.forEach((picture, x) => {
      const own = createCanvas(picture.widthPx, picture.heightPx);
      const ownCtx = own.getContext('2d');
      const image = ownCtx.createImageData(picture.widthPx, picture.heightPx);
      image.data.set(picture.rgba);
      ownCtx.putImageData(image, 0, 0);
      const scale = Math.min(1, (CELL_PX - 4) / Math.max(picture.widthPx, picture.heightPx));
      ctx.drawImage(own, x * CELL_PX + 2, y * CELL_PX + 2, picture.widthPx * scale, picture.heightPx * scale);
    }),
  );
  return sheet.encode('png');
}
