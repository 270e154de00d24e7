import {
  add,
  concat,
  div,
  engine,
  minimum,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  zeros,
  type Rank,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { BETA_1, BETA_2, EPSILON } from '../adamw/adamw.js';
import { Graph } from '../graph/graph.js';
import { simplify } from '../graph/simplify.js';
import { CLIP_EPSILON } from '../session/apply-adamw.js';
import {
  allParameters,
  differentiateStep,
  evaluate,
  type Objective,
  type StepShape,
} from '../session/traced-functions.js';
import { trace, type Tracer } from '../tracing/trace.js';
import { ROW, type DeviceLayout, type DevicePlane, type DeviceRange } from './device-layout.js';

/** The kinds of planes that AdamW changes; a range's planes are named `<kind>.<index>`. */
export const PLANE_KINDS = ['parameters', 'firstMoments', 'secondMoments'] as const;
export const BUFFERS = 'buffers';
/** A step's new planes are outputs of this prefix and the plane's name. */
export const NEXT = 'next.';

/** Names of a layout's planes with their lengths, in a fixed order. */
export function stateShapes({ ranges, buffers }: DeviceLayout): Map<string, number> {
  return new Map([
    ...PLANE_KINDS.flatMap((kind) => ranges.map(({ length }, i) => [`${kind}.${i}`, length] as const)),
    [BUFFERS, buffers.length] as const,
  ]);
}

/** Indices of the ranges that a step changes. */
export function trainedRanges({ ranges }: DeviceLayout, frozenBackbone: boolean): number[] {
  return ranges.flatMap(({ group }, i) => (frozenBackbone && group === 'backbone' ? [] : [i]));
}

export interface DeviceStepOptions {
  readonly frozenBackbone: boolean;
  /** Differentiate the loss times the input `lossScale`, and divide by it before AdamW. */
  readonly scalesLoss: boolean;
}

/**
 * The graph of one whole training step with AdamW inside. Inputs: `images`, `oneHot`, `marginRad`, `clipNorm`,
 * `decay.<range>`, `stepSize.<range>`, `rootCorrection.<range>`, the state's planes, and `lossScale` where asked for;
 * outputs: `loss.<name>`, `gradientNorm`, and `next.<plane>` for each plane that the step changes.
 */
export function traceDeviceStep(
  objective: Objective,
  shape: StepShape,
  layout: DeviceLayout,
  { frozenBackbone, scalesLoss }: DeviceStepOptions,
): Graph {
  const { batchSize, imageSizePx, classCount } = shape;
  const active = trainedRanges(layout, frozenBackbone);
  const graph = trace((tracer) => {
    const images = tracer.input<Tensor4D>('images', {
      shape: [batchSize, 3, imageSizePx, imageSizePx],
      dtype: 'float32',
    });
    const oneHot = tracer.input<Tensor2D>('oneHot', { shape: [batchSize, classCount], dtype: 'float32' });
    const [marginRad, clipNorm] = [scalarInput(tracer, 'marginRad'), scalarInput(tracer, 'clipNorm')];
    const lossScale = scalesLoss ? scalarInput(tracer, 'lossScale') : undefined;
    const state = planeInputs(tracer, layout, PLANE_KINDS);
    const results = new Map<string, Tensor>();
    const trainedNames = new Set(active.flatMap((i) => layout.ranges[i]!.entries.map(({ name }) => name)));
    differentiateStep(
      objective,
      shape,
      { images, oneHot, marginRad, lossScale, ...tensorsOf(layout, state) },
      allParameters(objective).filter(({ name }) => trainedNames.has(name)),
      (name, tensor) => {
        // Losses and statistics are disposed of as soon as the forward pass ends.
        if (name.startsWith('loss.')) tracer.output(name, tensor);
        else results.set(name, engine().keep(tensor.clone()));
      },
    );
    const unscaled = (value: Tensor): Tensor => (lossScale ? div(value, lossScale) : value);
    const gradients = active.map((i) => joined(layout.ranges[i]!, results, 'gradient.'));
    const squares = gradients.map((gradient) => sumOfSquares(gradient)).reduce((a, b) => add(a, b));
    const norm = unscaled(sqrt(squares));
    tracer.output('gradientNorm', norm);
    const scale = unscaled(minimum(1, div(clipNorm, add(norm, CLIP_EPSILON))));
    active.forEach((range, i) => {
      const next = adamw(tracer, state, range, mul(gradients[i]!, scale));
      PLANE_KINDS.forEach((kind) => tracer.output(`${NEXT}${kind}.${range}`, next[kind]));
    });
    tracer.output(`${NEXT}${BUFFERS}`, joined(layout.buffers, results, 'updated.'));
    for (const tensor of results.values()) tensor.dispose();
  });
  return simplify(graph);
}

/** The graph of an eval-mode forward pass: `images` and the planes of weights and statistics in, `embedding` out. */
export function traceDeviceEvaluation(
  objective: Objective,
  { batchSize, imageSizePx, normalisation }: StepShape,
  layout: DeviceLayout,
): Graph {
  const graph = trace((tracer) => {
    const embedding = evaluate(objective.model, normalisation, {
      images: tracer.input('images', { shape: [batchSize, 3, imageSizePx, imageSizePx], dtype: 'float32' }),
      ...tensorsOf(layout, planeInputs(tracer, layout, ['parameters'])),
    });
    tracer.output('embedding', embedding);
  });
  return simplify(graph);
}

/** A graph that returns its inputs: what moves planes to a device and back. */
export function traceCopy(shapes: ReadonlyMap<string, number>): Graph {
  const graph = new Graph();
  for (const [name, length] of shapes)
    graph.outputs.set(`${NEXT}${name}`, graph.addInput(name, { shape: [length], dtype: 'float32' }));
  return graph;
}

function scalarInput(tracer: Tracer, name: string): Scalar {
  return tracer.input<Scalar>(name, { shape: [], dtype: 'float32' });
}

function planeInputs(
  tracer: Tracer,
  layout: DeviceLayout,
  kinds: readonly (typeof PLANE_KINDS)[number][],
): Map<string, Tensor1D> {
  return new Map(
    [...stateShapes(layout)]
      .filter(([name]) => name === BUFFERS || kinds.some((kind) => name.startsWith(`${kind}.`)))
      .map(([name, length]) => [name, tracer.input<Tensor1D>(name, { shape: [length], dtype: 'float32' })]),
  );
}

/** Parameters and statistics as tensors of their own, cut out of the planes. */
function tensorsOf(
  { ranges, buffers }: DeviceLayout,
  planes: ReadonlyMap<string, Tensor1D>,
): { parameters: Map<string, Tensor>; buffers: Map<string, Tensor> } {
  const cut = (plane: DevicePlane, data: Tensor1D): [string, Tensor][] =>
    plane.entries.map(({ name, shape, offset, length }) => [
      name,
      reshape(slice(data, [offset], [length]), [...shape]),
    ]);
  return {
    parameters: new Map(ranges.flatMap((range, i) => cut(range, planes.get(`parameters.${i}`)!))),
    buffers: new Map(cut(buffers, planes.get(BUFFERS)!)),
  };
}

/** The inverse: tensors end to end, and zeros up to the plane's length. */
function joined(
  { entries, length }: DevicePlane | DeviceRange,
  tensors: ReadonlyMap<string, Tensor>,
  prefix: string,
): Tensor1D {
  const flat = entries.map((entry) => reshape<Rank.R1>(tensors.get(`${prefix}${entry.name}`)!, [entry.length]));
  const rest = length - entries.reduce((total, entry) => total + entry.length, 0);
  return concat(rest === 0 ? flat : [...flat, zeros<Rank.R1>([rest])]);
}

/** In two stages, so that many threads have a share of it and rounding stays small. */
function sumOfSquares(plane: Tensor): Scalar {
  return sum(sum(square(reshape(plane, [plane.size / ROW, ROW])), 1));
}

function adamw(
  tracer: Tracer,
  state: ReadonlyMap<string, Tensor1D>,
  range: number,
  gradient: Tensor,
): Record<(typeof PLANE_KINDS)[number], Tensor> {
  const [p, m, v] = PLANE_KINDS.map((kind) => state.get(`${kind}.${range}`)!) as [Tensor1D, Tensor1D, Tensor1D];
  const firstMoments = add(m, mul(sub(gradient, m), 1 - BETA_1));
  const secondMoments = add(mul(v, BETA_2), mul(square(gradient), 1 - BETA_2));
  const root = add(mul(sqrt(secondMoments), scalarInput(tracer, `rootCorrection.${range}`)), EPSILON);
  const change = div(mul(firstMoments, scalarInput(tracer, `stepSize.${range}`)), root);
  return {
    parameters: sub(mul(p, scalarInput(tracer, `decay.${range}`)), change),
    firstMoments,
    secondMoments,
  };
}
