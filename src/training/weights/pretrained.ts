import { badInput, type AppError } from '../../common/index.js';
import type { NamedTensor, NamedTensors, TrainingState } from '../engines/engine.js';
import type { ModelDefinition } from '../models/index.js';
import { readSafetensors, type StoredTensor } from './safetensors.js';

export interface PretrainedWeights {
  /** `timm`: a backbone alone; `HOAM`: a whole model, as Polarline and the PyTorch original name it. */
  readonly source: 'timm' | 'HOAM';
  /** Ready to be put in place of a fresh model's, by our names. */
  readonly parameters: NamedTensors;
  readonly buffers: NamedTensors;
  /** Names of ours that the file filled. */
  readonly loaded: readonly string[];
  /** Names of ours that keep their random start (the head, when only a backbone was given). */
  readonly missing: readonly string[];
  /** Names in the file that have no use here: classifier, criterion, batch counters. */
  readonly unused: readonly string[];
}

const MODEL_PREFIX = 'model.';
const BACKBONE_PREFIX = 'model.backbone.';
/** Step counters of BatchNorm, which we do not keep; parts of timm's classifier that `features_only` drops. */
const BATCH_COUNTER = /(^|\.)num_batches_tracked$/;
const CLASSIFIER_PARTS = /^(conv_head|bn2|classifier)\./;
/** Belongs to the classes it was trained on. */
const CRITERION = /^criterion\./;
const SHOWN_NAMES = 8;

/**
 * Loads a timm backbone or a whole HOAM model by name. Every tensor must be known and every shape must fit:
 * a file for another backbone, width or embedding size is refused with the differences, never half loaded.
 * A timm file must fill the whole backbone; a HOAM file the whole model.
 */
export async function loadPretrained(path: string, definition: ModelDefinition): Promise<PretrainedWeights> {
  const { tensors } = await readSafetensors(path);
  const source = sourceOf(tensors, path);
  const wanted = new Map([...definition.parameters, ...definition.buffers].map((spec) => [spec.name, spec.shape]));
  const bufferNames = new Set(definition.buffers.map(({ name }) => name));
  const found = new Map<string, NamedTensor>();
  const [unused, unknown, misshapen]: [string[], string[], string[]] = [[], [], []];
  for (const [fileName, { shape, data }] of tensors) {
    if (isUnused(fileName, source)) {
      unused.push(fileName);
      continue;
    }
    const name = ourName(fileName, source);
    const wantedShape = wanted.get(name);
    if (wantedShape === undefined) unknown.push(fileName);
    else if (!sameShape(shape, wantedShape))
      misshapen.push(`${fileName} [${shape.join(', ')}] instead of [${wantedShape.join(', ')}]`);
    else found.set(name, { shape: wantedShape, data });
  }
  const missing = [...wanted.keys()].filter((name) => !found.has(name));
  const required = missing.filter((name) => source === 'HOAM' || name.startsWith(BACKBONE_PREFIX));
  if (unknown.length + misshapen.length + required.length > 0)
    throw mismatch(path, source, { unknown, misshapen, required });
  return {
    source,
    parameters: new Map([...found].filter(([name]) => !bufferNames.has(name))),
    buffers: new Map([...found].filter(([name]) => bufferNames.has(name))),
    loaded: [...found.keys()],
    missing,
    unused,
  };
}

/** The state of a fresh session with the pretrained tensors in place of its own. */
export function withPretrained(state: TrainingState, pretrained: PretrainedWeights): TrainingState {
  return {
    ...state,
    parameters: new Map([...state.parameters, ...pretrained.parameters]),
    buffers: new Map([...state.buffers, ...pretrained.buffers]),
  };
}

function sourceOf(tensors: ReadonlyMap<string, StoredTensor>, path: string): PretrainedWeights['source'] {
  if (tensors.has('conv_stem.weight')) return 'timm';
  if (tensors.has('backbone.conv_stem.weight') || tensors.has('model.backbone.conv_stem.weight')) return 'HOAM';
  const names = [...tensors.keys()];
  throw badInput(
    'PRETRAINED_UNKNOWN',
    `${path}: expected a timm EfficientNetV2 (conv_stem.weight) or a HOAM model (backbone.conv_stem.weight), ` +
      `got tensors named ${shorten(names) || '(none)'}; convert it to timm's names or choose another model.pretrained`,
    { path },
  );
}

function isUnused(name: string, source: PretrainedWeights['source']): boolean {
  return BATCH_COUNTER.test(name) || CRITERION.test(name) || (source === 'timm' && CLASSIFIER_PARTS.test(name));
}

function ourName(name: string, source: PretrainedWeights['source']): string {
  if (source === 'timm') return `${BACKBONE_PREFIX}${name}`;
  return name.startsWith(MODEL_PREFIX) ? name : `${MODEL_PREFIX}${name}`;
}

function mismatch(
  path: string,
  source: PretrainedWeights['source'],
  { unknown, misshapen, required }: Record<'unknown' | 'misshapen' | 'required', readonly string[]>,
): AppError {
  const parts = [
    misshapen.length > 0 && `${misshapen.length} of another shape (${shorten(misshapen)})`,
    required.length > 0 && `${required.length} missing (${shorten(required)})`,
    unknown.length > 0 && `${unknown.length} that this model does not have (${shorten(unknown)})`,
  ].filter((part) => part !== false);
  return badInput(
    'PRETRAINED_MISMATCH',
    `${path}: expected the ${source} weights of this very ${source === 'timm' ? 'backbone' : 'model'}, got tensors: ` +
      `${parts.join('; ')}. Set model.backbone, model.architecture, model.hiddenDim and model.embeddingSize to what ` +
      'the file was trained with, or model.pretrained to null',
    { path, unknown, misshapen, missing: required },
  );
}

function shorten(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).join(', ');
  return names.length > SHOWN_NAMES ? `${shown}, and ${names.length - SHOWN_NAMES} more` : shown;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}
