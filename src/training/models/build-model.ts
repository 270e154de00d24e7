import { badInput } from '../../common/index.js';
import type { ModelConfig } from '../config.js';
import { BACKBONE_SPECS } from './backbone-spec.js';
import { buildHoam } from './hoam.js';
import type { ModelDefinition } from './model.js';

/** The model a configuration asks for, as a pure function of named parameters. */
export function buildModel(config: ModelConfig): ModelDefinition {
  const hiddenDim = resolveHiddenDim(config);
  if (hiddenDim % config.attentionHeads !== 0)
    throw badInput(
      'HIDDEN_DIM_AGAINST_HEADS',
      `model.hiddenDim: expected a multiple of model.attentionHeads (${config.attentionHeads}), got ${hiddenDim}`,
    );
  return buildHoam({
    architecture: config.architecture,
    backbone: BACKBONE_SPECS[config.backbone],
    hiddenDim,
    attentionHeads: config.attentionHeads,
    embeddingSize: config.embeddingSize,
  });
}

/** `model.hiddenDim`, or where that is null the backbone's own: 1280 as published, less for `tiny`. */
export function resolveHiddenDim(config: Pick<ModelConfig, 'backbone' | 'hiddenDim'>): number {
  return config.hiddenDim ?? BACKBONE_SPECS[config.backbone].defaultHiddenDim;
}
