import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../common/index.js';
import type { PoolDownloadDto, PoolPartDto } from '../../modules/image-pool/index.js';
import { Interrupted } from '../exit-codes.js';
import type { Output } from '../output.js';
import { required, wholeNumber, type CommandContext, type CommandSpec } from '../program.js';
import { withSession, type Session } from '../session.js';
import { shortId } from '../task-view.js';

interface DownloadOptions {
  readonly site: string;
  readonly lineId: string;
  readonly part: string;
  readonly from: string;
  readonly to: string;
  readonly limit?: number;
  readonly estimate?: boolean;
}

const LOOK_EVERY_MS = 300;
const MIB = 2 ** 20;

export const downloadCommand: CommandSpec = {
  name: 'download',
  define: (command: Command) => {
    required(command, '--site <site>', 'site of database_configs.yaml');
    required(command, '--line-id <line>', 'production line');
    required(command, '--part <number>', 'part number');
    required(command, '--from <day>', 'first day, YYYY-MM-DD');
    required(command, '--to <day>', 'last day, to its end');
    return command
      .description("fetch a part's images from its line into the image pool")
      .option('--limit <n>', 'at most so many, the oldest first', wholeNumber)
      .option('--estimate', 'say what it would bring, and fetch nothing')
      .addHelpText(
        'after',
        '\nWhat is in the pool is not fetched again. Ctrl-C keeps what came; the same command goes on from there.\n\nExample:\n  $ polarline download --site HPH --line-id V31 --part 60-1234 --from 2025-03-01 --to 2025-03-07 --estimate',
      );
  },
  run: async (options: DownloadOptions, _args: readonly string[], context: CommandContext) => {
    const { downloadBodySchema, toDownloadSpec } = await import('../../modules/image-pool/index.js');
    const { validateConfig } = await import('../../infra/config/index.js');
    const body = {
      site: options.site,
      line_id: options.lineId,
      part_number: options.part,
      start_date: options.from,
      end_date: options.to,
      limit: options.limit ?? null,
    };
    const spec = toDownloadSpec(validateConfig(downloadBodySchema, body, { source: 'command line' }));
    await withSession({ works: options.estimate !== true }, context, async (session) => {
      if (options.estimate === true) {
        const estimate = await session.downloads.estimate(spec);
        context.output.document(estimate);
        const { images, in_pool, to_fetch, first, last, estimated_bytes: bytes } = estimate;
        context.output.table([
          ['images of the line', String(images)],
          ['in the pool already', String(in_pool)],
          ['to fetch', String(to_fetch)],
          ['time', first === null ? '' : `${first} to ${last ?? first}`],
          ['size', bytes === null ? 'not known yet' : `about ${(bytes / MIB).toFixed(1)} MiB`],
        ]);
        return;
      }
      const { task_id: id } = await session.downloads.start(spec, session.actor);
      const done = await follow(session, id, context);
      const part = await partOf(session, spec);
      context.output.document({ download: done, part });
      report(context.output, done, part);
    });
  },
};

async function follow(session: Session, id: string, { output, signal }: CommandContext): Promise<PoolDownloadDto> {
  for (;;) {
    const download = await session.downloads.get(id);
    const { status, stored, known, refused, total, progress, error } = download;
    if (status === 'completed') return download;
    if (status === 'failed' || status === 'cancelled')
      throw new AppError(
        error?.kind ?? 'conflict',
        error?.code ?? 'DOWNLOAD_CANCELLED',
        `${error?.message ?? `Download ${shortId(id)} was cancelled.`}\n${stored} images were stored; the same command goes on from there.`,
      );
    output.progress(
      'download',
      progress,
      total === null ? undefined : `${stored + known + refused} of ${total} images`,
    );
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) {
      await session.downloads.cancel(id, session.actor);
      throw new Interrupted(`Interrupted. ${stored} images are stored; the same command goes on from there.`);
    }
  }
}

/** Null when every image was refused. */
async function partOf(
  session: Session,
  { partNumber, site, lineId }: { partNumber: string; site: string; lineId: string },
): Promise<PoolPartDto | null> {
  const { parts } = await session.images.parts({ partNumber, site, lineId }, { limit: 1, offset: 0 });
  return parts[0] ?? null;
}

function report(output: Output, { stored, known, refused, refusals }: PoolDownloadDto, part: PoolPartDto | null): void {
  output.line(`${stored} images stored, ${known} were in the pool already, ${refused} refused.`);
  for (const { file, reason } of refusals) output.line(`  ${file}: ${reason}`);
  if (part) output.line(`They lie in ${part.input_dir}; sort them into OK and NG on the page Images.`);
}
