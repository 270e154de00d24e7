import type { Painter } from '../painter.js';

/**
 * A kind of component, drawn in mm in its own frame with its polarity mark towards negative y (Up).
 * Lands and silkscreen belong to the board, the body to the part: a reversed part turns alone.
 */
export interface Part {
  readonly kind: PartKind;
  /** As the factory's metadata names them. */
  readonly packageType: string;
  readonly compType: string;
  /** False for parts that look and work the same turned by 180°. */
  readonly polarized: boolean;
  /** Lands and body together. */
  readonly footprintMm: { readonly width: number; readonly height: number };
  /** Two-terminal parts can stand up on one end. */
  readonly canTombstone: boolean;
  paintSilkscreen(painter: Painter): void;
  paintBareLands(painter: Painter): void;
  paintMounted(painter: Painter, look: PartLook): void;
  /** The part standing on its upper land, seen from above, its lower land bare. */
  paintTombstone?(painter: Painter, look: PartLook): void;
}

/** What differs between lots of the same part. */
export interface PartLook {
  readonly marking: string;
  readonly lotCode: string;
  /** -1..1: darkness of the moulding compound. */
  readonly tone: number;
}

export const PART_KINDS = ['soic', 'qfn', 'diode', 'electrolytic', 'tantalum', 'connector', 'resistor'] as const;
export type PartKind = (typeof PART_KINDS)[number];
