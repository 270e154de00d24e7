import { Module } from '@nestjs/common';
import { PoolPlacement } from './pool-placement.js';

/** Apart from the pool itself, for whatever reads its folders as input. */
@Module({ providers: [PoolPlacement], exports: [PoolPlacement] })
export class PoolPlacementModule {}
