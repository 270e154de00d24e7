import { ORIENTATIONS, type ClassKey, type Orientation } from '../../dataset/index.js';
import { Random } from '../../common/index.js';
import type { LightCode, Rgb } from './light.js';
import type { PartKind } from './parts/index.js';

/** A product on the line: its board and what is mounted where. */
export interface LineProduct {
  readonly name: string;
  readonly partNumber: string;
  readonly solderMask: Rgb;
  readonly traceContrast: number;
}

/** One component of one product, looked at under one or more lights. */
export interface Placement {
  readonly product: LineProduct;
  readonly component: string;
  readonly part: PartKind;
  /** How many of it sit on a board. */
  readonly instances: number;
  readonly lights: readonly LightCode[];
  readonly marking: string;
  /** Which way it is mounted: the truth that a person confirms at the gate. */
  readonly mounted: Orientation;
}

/** One class of the line: what the pipeline shall find, and the true answer for it. */
export interface LineClass {
  readonly classKey: ClassKey;
  readonly placement: Placement;
  readonly light: LightCode;
  readonly answer: Orientation | 'skip';
}

const MB24: LineProduct = { name: 'MB-24A', partNumber: '60MB24A-01', solderMask: [24, 92, 58], traceContrast: 0.16 };
const PSU7: LineProduct = { name: 'PSU7', partNumber: '60PSU7-03', solderMask: [26, 58, 122], traceContrast: 0.14 };
const CAM3: LineProduct = { name: 'CAM3', partNumber: '60CAM3-02', solderMask: [40, 42, 46], traceContrast: 0.12 };

type Draft = Omit<Placement, 'mounted'>;

/** Ordered so that any first few already differ in part, product and light. */
const PLACEMENTS: readonly Draft[] = [
  { product: MB24, component: 'U3', part: 'soic', instances: 1, lights: ['R', 'S1'], marking: 'LM358' },
  { product: PSU7, component: 'D5', part: 'diode', instances: 2, lights: ['R'], marking: 'SS34' },
  { product: CAM3, component: 'CE12', part: 'electrolytic', instances: 1, lights: ['R'], marking: '220' },
  { product: PSU7, component: 'CT31', part: 'tantalum', instances: 1, lights: ['TOP'], marking: '107' },
  { product: MB24, component: 'CN2', part: 'connector', instances: 1, lights: ['TOP'], marking: '' },
  { product: CAM3, component: 'U1_MCU', part: 'qfn', instances: 1, lights: ['R'], marking: 'G431' },
  { product: PSU7, component: 'R9', part: 'resistor', instances: 2, lights: ['R'], marking: '103' },
  { product: MB24, component: 'D5', part: 'diode', instances: 1, lights: ['S1'], marking: 'SS54' },
  { product: CAM3, component: 'CT31', part: 'tantalum', instances: 1, lights: ['R'], marking: '226' },
  { product: PSU7, component: 'U3', part: 'soic', instances: 1, lights: ['TOP'], marking: '24C64' },
  { product: MB24, component: 'CE12', part: 'electrolytic', instances: 1, lights: ['TOP'], marking: '100' },
];

/** The line's classes, at most `maxClasses`; the seed decides which way each component is mounted. */
export function planClasses(seed: number, maxClasses: number): LineClass[] {
  const random = new Random(`${seed}/mounting`);
  let turns: Orientation[] = [];
  const placements = PLACEMENTS.map((draft): Placement => {
    // All four ways occur in any four neighbours.
    if (turns.length === 0) turns = random.shuffled(ORIENTATIONS);
    return { ...draft, mounted: turns.pop()! };
  });
  return placements
    .flatMap((placement) =>
      placement.lights.map((light): LineClass => ({
        classKey: { product: placement.product.name, component: placement.component, light },
        placement,
        light,
        answer: placement.part === 'resistor' ? 'skip' : placement.mounted,
      })),
    )
    .slice(0, maxClasses);
}
