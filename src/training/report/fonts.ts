import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GlobalFonts } from '@napi-rs/canvas';

/**
 * The family to set text in: Inter (SIL Open Font License), registered from the package, so that a
 * machine without any font still draws text; the system's fonts only help with scripts beyond it.
 */
export const FONT_FAMILY =
  '"Polarline Inter", "Polarline Inter Ext", "Polarline Inter Vietnamese", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif';

const SUBSETS = [
  ['latin', 'Polarline Inter'],
  ['latin-ext', 'Polarline Inter Ext'],
  ['vietnamese', 'Polarline Inter Vietnamese'],
] as const;
const WEIGHTS = [400, 600] as const;

let registered = false;

export function registerFonts(): void {
  if (registered) return;
  registered = true;
  const require = createRequire(import.meta.url);
  const files = join(dirname(require.resolve('@fontsource/inter/package.json')), 'files');
  for (const [subset, family] of SUBSETS)
    for (const weight of WEIGHTS)
      GlobalFonts.registerFromPath(join(files, `inter-${subset}-${weight}-normal.woff2`), family);
}
