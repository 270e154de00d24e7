import { badInput, Random } from '../../common/index.js';

export interface SamplerSpec {
  /** Class index of every training image. */
  readonly labels: Int32Array;
  readonly batchSize: number;
  readonly samplesPerClass: number;
  readonly seed: number;
}

/**
 * Batches of `batchSize / m` groups of `m` images, each group of one class (m-per-class sampling, as in
 * pytorch-metric-learning), so that batch-hard mining finds positives and negatives in every batch.
 *
 * Rules (docs/training.md):
 * - classes follow one another in shuffled rounds: within a batch none comes twice before all came once;
 * - within a class the images follow in shuffled rounds too, so an epoch shows all of a class before it
 *   repeats any, and a class of fewer than `m` images repeats some within a group;
 * - `m` is lowered to the largest divisor of the batch size that leaves two groups a batch;
 * - an epoch has as many images as the data set, less the remainder of the last batch, and at least one batch.
 *
 * An epoch's plan depends on seed and epoch alone, so the epoch number is the sampler's whole state.
 */
export class MPerClassSampler {
  /** What had to be adjusted, in sentences for the log; empty when all fits. */
  readonly notes: readonly string[];
  readonly samplesPerClass: number;
  readonly batchesPerEpoch: number;
  private readonly imagesOfClass: readonly (readonly number[])[];

  /** @throws AppError when no batch of this size can hold two classes. */
  constructor(private readonly spec: SamplerSpec) {
    this.imagesOfClass = groupByLabel(spec.labels);
    const classCount = this.imagesOfClass.length;
    if (classCount < 2)
      throw badInput(
        'TOO_FEW_CLASSES',
        `metric learning needs images of at least 2 labels, got ${classCount}. Add images of another label, or confirm the orientation of at least one class.`,
        { classCount },
      );
    this.samplesPerClass = fittingSamplesPerClass(spec.batchSize, spec.samplesPerClass);
    this.batchesPerEpoch = Math.max(1, Math.floor(spec.labels.length / spec.batchSize));
    this.notes = this.describeAdjustments(classCount);
  }

  /** Image indices of every batch of one epoch: [batchesPerEpoch][batchSize]. */
  planEpoch(epoch: number): number[][] {
    const random = new Random(`${this.spec.seed}/sampler/${epoch}`);
    const classes = new Deck(this.imagesOfClass.map((_, index) => index));
    const images = this.imagesOfClass.map((ofClass) => new Deck(ofClass));
    const groups = this.spec.batchSize / this.samplesPerClass;
    return Array.from({ length: this.batchesPerEpoch }, () => {
      classes.beginHand();
      return Array.from({ length: groups }, () => {
        const deck = images[classes.draw(random)]!;
        deck.beginHand();
        return Array.from({ length: this.samplesPerClass }, () => deck.draw(random));
      }).flat();
    });
  }

  private describeAdjustments(classCount: number): string[] {
    const { batchSize, samplesPerClass: wanted, labels } = this.spec;
    const notes: string[] = [];
    if (this.samplesPerClass !== wanted)
      notes.push(
        `training.samplesPerClass: using ${this.samplesPerClass} instead of ${wanted}, because a batch of ${batchSize} must hold whole groups of at least two classes.`,
      );
    const groups = batchSize / this.samplesPerClass;
    if (groups > classCount)
      notes.push(
        `training.batchSize: ${batchSize} holds ${groups} groups of ${this.samplesPerClass}, but there are ${classCount} classes; classes come more than once in a batch, with other images.`,
      );
    const small = this.imagesOfClass.filter((images) => images.length < this.samplesPerClass).length;
    if (small > 0)
      notes.push(
        `${small} of ${classCount} classes have fewer than ${this.samplesPerClass} training images; their groups repeat images, each augmented differently.`,
      );
    if (labels.length < batchSize)
      notes.push(`training.batchSize: ${batchSize} is above the ${labels.length} training images; images repeat.`);
    return notes;
  }
}

/** Deals its cards in shuffled rounds. */
class Deck {
  private pile: number[] = [];
  private hand = new Set<number>();

  constructor(private readonly cards: readonly number[]) {}

  /** From here on, no card comes twice before every card came once. */
  beginHand(): void {
    this.hand = new Set();
  }

  draw(random: Random): number {
    if (this.pile.length === 0) this.pile = this.reshuffled(random);
    const card = this.pile.pop()!;
    this.hand.add(card);
    // All came once: what is left of this pile already belongs to the hand's next round.
    if (this.hand.size === this.cards.length) this.hand = new Set();
    return card;
  }

  /** Cards already in this hand go to the bottom of the new round. */
  private reshuffled(random: Random): number[] {
    const round = random.shuffled(this.cards);
    return [...round.filter((card) => this.hand.has(card)), ...round.filter((card) => !this.hand.has(card))];
  }
}

function groupByLabel(labels: Int32Array): number[][] {
  const groups = new Map<number, number[]>();
  labels.forEach((label, index) => {
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [index]);
    else group.push(index);
  });
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, images]) => images);
}

function fittingSamplesPerClass(batchSize: number, wanted: number): number {
  for (let m = Math.min(wanted, Math.floor(batchSize / 2)); m >= 1; m--) {
    if (batchSize % m !== 0) continue;
    if (m === 1 && wanted > 1) break;
    return m;
  }
  throw badInput(
    'BATCH_SIZE_UNSUITABLE',
    `training.batchSize: expected a multiple of 2 to ${wanted} that holds at least two classes (training.samplesPerClass is ${wanted}), got ${batchSize}. Take ${Math.max(2 * wanted, Math.round(batchSize / wanted) * wanted)}.`,
    { batchSize, samplesPerClass: wanted },
  );
}
