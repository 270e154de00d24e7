import { connector } from './connector.js';
import { electrolytic } from './electrolytic.js';
import { qfn, soic } from './integrated-circuits.js';
import type { Part, PartKind } from './part.js';
import { diode, resistor, tantalum } from './two-terminal.js';

export { PART_KINDS, type Part, type PartKind, type PartLook } from './part.js';

export const PARTS: Readonly<Record<PartKind, Part>> = {
  soic,
  qfn,
  diode,
  electrolytic,
  tantalum,
  connector,
  resistor,
};
