import type { Random } from '../../common/index.js';
import type { LightProfile } from './light.js';

/** What the camera and lamp did at one shot. */
export interface Exposure {
  /** Overall brightness, about 1. */
  readonly gain: number;
  /** Lamp unevenness: brightness slope over the picture, about -0.1..0.1 in x and y. */
  readonly slope: readonly [x: number, y: number];
  /** Share of light a pixel gives to each neighbour, 0 (sharp) .. 0.25. */
  readonly blur: number;
  /** Standard deviation of read noise in grey levels. */
  readonly noise: number;
}

export function drawExposure(random: Random): Exposure {
  return {
    gain: random.uniform(0.9, 1.1),
    slope: [random.uniform(-0.08, 0.08), random.uniform(-0.08, 0.08)],
    blur: random.uniform(0.06, 0.2),
    noise: random.uniform(1.6, 3.6),
  };
}

/**
 * Turns ideal colours into what a sensor records, in place: optics blur, lamp colour, vignetting, shot and read
 * noise. `rgba` is width × height × 4 bytes.
 */
export function exposePicture(
  rgba: Uint8ClampedArray,
  widthPx: number,
  heightPx: number,
  light: LightProfile,
  exposure: Exposure,
  noise: NoiseTable,
): void {
  blurInPlace(rgba, widthPx, heightPx, exposure.blur);
  for (let y = 0; y < heightPx; y++) {
    const v = (2 * y) / heightPx - 1;
    for (let x = 0; x < widthPx; x++) {
      const u = (2 * x) / widthPx - 1;
      const fallOff = 1 - light.vignette * 0.5 * (u * u + v * v);
      const lamp = exposure.gain * fallOff * (1 + exposure.slope[0] * u + exposure.slope[1] * v);
      const at = (y * widthPx + x) * 4;
      for (let channel = 0; channel < 3; channel++) {
        const ideal = rgba[at + channel]! * lamp * light.tint[channel]!;
        const deviation = exposure.noise * (0.6 + Math.sqrt(Math.max(0, ideal) / 255));
        rgba[at + channel] = ideal + deviation * noise.next();
      }
      rgba[at + 3] = 255;
    }
  }
}

/** Standard normals drawn once and read from random places: noise for every picture at the price of one. */
export class NoiseTable {
  private at = 0;

  private constructor(private readonly values: Float32Array) {}

  static create(random: Random): NoiseTable {
    return new NoiseTable(Float32Array.from({ length: 1 << 16 }, () => random.normal()));
  }

  /** The same table, read from a place of the picture's own. */
  startAt(random: Random): NoiseTable {
    const table = new NoiseTable(this.values);
    table.at = random.integer(this.values.length);
    return table;
  }

  next(): number {
    this.at = (this.at + 1) & (this.values.length - 1);
    return this.values[this.at]!;
  }
}

/** Separable three-tap blur [share, 1 - 2·share, share], edges repeated. */
function blurInPlace(rgba: Uint8ClampedArray, widthPx: number, heightPx: number, share: number): void {
  const rows = new Float32Array(widthPx * heightPx * 3);
  const own = 1 - 2 * share;
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++) {
      const here = (y * widthPx + x) * 4;
      const left = x > 0 ? here - 4 : here;
      const right = x < widthPx - 1 ? here + 4 : here;
      for (let c = 0; c < 3; c++)
        rows[(y * widthPx + x) * 3 + c] = own * rgba[here + c]! + share * (rgba[left + c]! + rgba[right + c]!);
    }
  const stride = widthPx * 3;
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++) {
      const here = y * stride + x * 3;
      const above = y > 0 ? here - stride : here;
      const below = y < heightPx - 1 ? here + stride : here;
      for (let c = 0; c < 3; c++)
        rgba[(y * widthPx + x) * 4 + c] = own * rows[here + c]! + share * (rows[above + c]! + rows[below + c]!);
    }
}
