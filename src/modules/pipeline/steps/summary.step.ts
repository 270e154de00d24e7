import { rm, stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppError, sha256File, type StepContext } from '../../../common/index.js';
import { ARTEFACT_FILES, type ArtefactFileKind } from '../../results/artefact-kinds.js';
import { ArtefactEntity } from '../../results/artefact.entity.js';
import type { PipelineStep, StepInput, StepOutcome } from '../step.js';

/** Checks that everything a finished run must have is there, and records it with size and digest. */
@Injectable()
export class SummaryStep implements PipelineStep {
  readonly name = 'summary';

  async run({ task, folder }: StepInput, ctx: StepContext): Promise<StepOutcome> {
    const rows: Pick<ArtefactEntity, 'taskId' | 'kind' | 'path' | 'sizeBytes' | 'sha256'>[] = [];
    const missing: string[] = [];
    for (const kind of Object.keys(ARTEFACT_FILES) as ArtefactFileKind[]) {
      ctx.signal.throwIfAborted();
      const { file, required } = ARTEFACT_FILES[kind];
      const path = file(folder);
      const found = await stat(path).catch(() => null);
      const relativePath = relative(folder.root, path).split(sep).join('/');
      if (found?.isFile())
        rows.push({
          taskId: task.id,
          kind,
          path: relativePath,
          sizeBytes: String(found.size),
          sha256: await sha256File(path),
        });
      else if (required) missing.push(relativePath);
    }
    if (missing.length > 0)
      throw new AppError(
        'internal',
        'ARTEFACT_MISSING',
        `${folder.root}: expected ${missing.join(', ')} after the evaluation, but it is not there; retry the task.`,
        { missing },
      );
    await rm(folder.path('work'), { recursive: true, force: true });
    return {
      result: { artefacts: Object.fromEntries(rows.map(({ kind, path }) => [kind, path])) },
      save: async ({ manager }) => {
        await manager.delete(ArtefactEntity, { taskId: task.id });
        await manager.insert(ArtefactEntity, rows);
      },
    };
  }
}
