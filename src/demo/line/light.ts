/** Colour as red, green, blue in 0..255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** How one lamp of the inspection machine shows a board. */
export interface LightProfile {
  /** The light's code in file names: letters and digits. */
  readonly code: string;
  /** Gain of each colour channel over the whole picture. */
  readonly tint: Rgb;
  /** Flat metal, rising metal and steep metal: ring lamps of three colours show slope as colour. */
  readonly metalFlat: Rgb;
  readonly metalRising: Rgb;
  readonly metalSteep: Rgb;
  /** Where the light comes from in the picture, in degrees from the right, clockwise; null for a ring. */
  readonly fromDeg: number | null;
  /** Length of cast shadows in mm and how dark they are (0..1). */
  readonly shadowMm: number;
  readonly shadowStrength: number;
  /** Strength of gloss on plastic, 0..1. */
  readonly gloss: number;
  /** Fall-off of brightness towards the corners, 0..1. */
  readonly vignette: number;
}

/** The coloured ring lamp of AOI machines: level solder shows red, slopes green, steep fillets blue. */
const RING: LightProfile = {
  code: 'R',
  tint: [1.0, 0.95, 1.02],
  metalFlat: [236, 150, 132],
  metalRising: [120, 190, 150],
  metalSteep: [56, 84, 205],
  fromDeg: null,
  shadowMm: 0.1,
  shadowStrength: 0.45,
  gloss: 0.25,
  vignette: 0.2,
};

/** White light from above. */
const TOP: LightProfile = {
  code: 'TOP',
  tint: [1.04, 1.02, 0.98],
  metalFlat: [232, 232, 226],
  metalRising: [176, 178, 178],
  metalSteep: [96, 98, 102],
  fromDeg: null,
  shadowMm: 0.06,
  shadowStrength: 0.35,
  gloss: 0.5,
  vignette: 0.26,
};

/** A low amber lamp from the upper left: long shadows, bright edges. */
const SIDE: LightProfile = {
  code: 'S1',
  tint: [1.1, 0.97, 0.78],
  metalFlat: [150, 142, 126],
  metalRising: [205, 192, 160],
  metalSteep: [244, 232, 200],
  fromDeg: 215,
  shadowMm: 0.42,
  shadowStrength: 0.62,
  gloss: 0.35,
  vignette: 0.34,
};

export const LIGHTS = { R: RING, TOP, S1: SIDE } as const;
export type LightCode = keyof typeof LIGHTS;

export function css([red, green, blue]: Rgb, alpha = 1): string {
  return `rgba(${red.toFixed(0)},${green.toFixed(0)},${blue.toFixed(0)},${alpha.toFixed(3)})`;
}

/** Between two colours; `share` 0 is the first. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

/** Towards white (positive) or black (negative), -1..1. */
export function shade(color: Rgb, amount: number): Rgb {
  return mix(color, amount >= 0 ? [255, 255, 255] : [0, 0, 0], Math.abs(amount));
}
