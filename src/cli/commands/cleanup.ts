import type { Command } from 'commander';
import type { CommandContext, CommandSpec } from '../program.js';
import { withSession } from '../session.js';

/** `polarline cleanup`: what the worker does on its timer, now. */
export const cleanupCommand: CommandSpec = {
  name: 'cleanup',
  define: (command: Command) =>
    command
      .description('remove what retention in configs.yaml no longer keeps')
      .option('--dry-run', 'only say what would be removed')
      .addHelpText(
        'after',
        '\nWorkers do this by themselves every retention.checkEveryMinutes.\n\nExample:\n  $ polarline cleanup --dry-run',
      ),
  run: async ({ dryRun = false }: { dryRun?: boolean }, _args: readonly string[], context: CommandContext) =>
    withSession({ works: false }, context, async ({ cleanup, actor }) => {
      const { output } = context;
      const result = await cleanup.cleanUp(dryRun, actor);
      output.document(result);
      const verb = dryRun ? 'Would remove' : 'Removed';
      for (const { run_folder: path } of result.tasks)
        output.line(`${dryRun ? 'Would move' : 'Moved'} to the trash: ${path}`);
      for (const { path } of result.trash) output.line(`${verb} from the trash: ${path}`);
      for (const path of result.temporary_files) output.line(`${verb}: ${path}`);
      output.line(
        `${verb} ${result.tasks.length} tasks, ${result.trash.length} folders of the trash, ${result.temporary_files.length} temporary files, ${result.pool_images} images of the pool's trash, ${result.thumbnails} thumbnails, ${result.events} events, ${result.audit_rows} audit rows.`,
      );
      for (const problem of result.problems) output.note(`not removed: ${problem}`);
    }),
};
