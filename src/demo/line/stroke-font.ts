/**
 * A single-stroke font for part markings and silkscreen, on a grid 4 wide and 6 high, y downwards.
 * Markings are drawn and not set in a system font, so that a machine without fonts renders the same pixels.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  '0': '1,0 3,0 4,1 4,5 3,6 1,6 0,5 0,1 1,0',
  '1': '1,1 2,0 2,6|1,6 3,6',
  '2': '0,1 1,0 3,0 4,1 4,2 0,6 4,6',
  '3': '0,0 4,0 2,2 4,4 4,5 3,6 1,6 0,5',
  '4': '3,6 3,0 0,4 4,4',
  '5': '4,0 0,0 0,3 3,2 4,3 4,5 3,6 1,6 0,5',
  '6': '3,0 1,1 0,3 0,5 1,6 3,6 4,5 4,4 3,3 1,3 0,4',
  '7': '0,0 4,0 2,6',
  '8': '1,0 3,0 4,1 4,2 3,3 1,3 0,2 0,1 1,0|1,3 0,4 0,5 1,6 3,6 4,5 4,4 3,3',
  '9': '4,2 3,3 1,3 0,2 0,1 1,0 3,0 4,1 4,3 3,5 1,6',
  A: '0,6 2,0 4,6|1,4 3,4',
  B: '0,0 0,6 3,6 4,5 4,4 3,3 0,3|0,0 3,0 4,1 4,2 3,3',
  C: '4,1 3,0 1,0 0,1 0,5 1,6 3,6 4,5',
  D: '0,0 0,6 2,6 4,4 4,2 2,0 0,0',
  E: '4,0 0,0 0,6 4,6|0,3 3,3',
  F: '4,0 0,0 0,6|0,3 3,3',
  G: '4,1 3,0 1,0 0,1 0,5 1,6 4,6 4,3 2,3',
  H: '0,0 0,6|4,0 4,6|0,3 4,3',
  J: '4,0 4,5 3,6 1,6 0,5',
  K: '0,0 0,6|4,0 0,3 4,6',
  L: '0,0 0,6 4,6',
  M: '0,6 0,0 2,3 4,0 4,6',
  N: '0,6 0,0 4,6 4,0',
  P: '0,6 0,0 3,0 4,1 4,2 3,3 0,3',
  Q: '1,0 3,0 4,1 4,5 3,6 1,6 0,5 0,1 1,0|2,4 4,6',
  R: '0,6 0,0 3,0 4,1 4,2 3,3 0,3|2,3 4,6',
  S: '4,1 3,0 1,0 0,1 0,2 1,3 3,3 4,4 4,5 3,6 1,6 0,5',
  T: '0,0 4,0|2,0 2,6',
  U: '0,0 0,5 1,6 3,6 4,5 4,0',
  V: '0,0 2,6 4,0',
  W: '0,0 1,6 2,3 3,6 4,0',
  X: '0,0 4,6|4,0 0,6',
  Z: '0,0 4,0 0,6 4,6',
  '-': '1,3 3,3',
  '+': '2,1 2,5|0,3 4,3',
};

type Stroke = readonly (readonly [x: number, y: number])[];

/** Strokes of a text centred on the origin, `heightMm` high; characters without a glyph are blanks. */
export function textStrokes(text: string, heightMm: number): Stroke[] {
  const unit = heightMm / 6;
  const advance = 5.4 * unit;
  const left = -(text.length * advance - 1.4 * unit) / 2;
  return [...text].flatMap((character, index) =>
    glyphStrokes(character).map((stroke) =>
      stroke.map(([x, y]): [number, number] => [left + index * advance + x * unit, (y - 3) * unit]),
    ),
  );
}

function glyphStrokes(character: string): Stroke[] {
  const glyph = GLYPHS[character];
  if (glyph === undefined) return [];
  return glyph.split('|').map((stroke) =>
    stroke.split(' ').map((point): [number, number] => {
      const [x, y] = point.split(',').map(Number);
      return [x!, y!];
    }),
  );
}
