import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ReportLanguage } from '../config.js';

/** Parts of Inter by the letters that they have; Vietnamese needs all three. */
const SUBSETS = {
  latin: '',
  'latin-ext': 'unicode-range:U+100-2BA,U+2C6-2CF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AA,U+20AD-20C0',
  vietnamese:
    'unicode-range:U+102-103,U+110-111,U+128-129,U+168-169,U+1A0-1A1,U+1AF-1B0,U+300-301,U+303,U+309,U+323,U+1EA0-1EF9',
} as const;
type Subset = keyof typeof SUBSETS;
const WEIGHTS = [400, 600] as const;

/** A font for every Chinese character would be larger than the report: the reader's own are named. */
const FONTS: Readonly<Record<ReportLanguage, { readonly subsets: readonly Subset[]; readonly families: string }>> = {
  en: { subsets: ['latin'], families: '"Noto Sans"' },
  'zh-TW': { subsets: ['latin'], families: '"Microsoft JhengHei","PingFang TC","Noto Sans CJK TC","Noto Sans TC"' },
  'zh-CN': { subsets: ['latin'], families: '"Microsoft YaHei","PingFang SC","Noto Sans CJK SC","Noto Sans SC"' },
  vi: { subsets: ['latin', 'latin-ext', 'vietnamese'], families: '"Noto Sans"' },
};

/** The page's style sheet with its font inside: nothing is fetched from anywhere. */
export async function reportStyle(language: ReportLanguage): Promise<string> {
  const { subsets, families } = FONTS[language];
  const faces = await Promise.all(subsets.flatMap((subset) => WEIGHTS.map((weight) => fontFace(subset, weight))));
  return `${faces.join('')}${SHEET}body{font-family:Inter,${families},system-ui,sans-serif}\n`;
}

async function fontFace(subset: Subset, weight: number): Promise<string> {
  const require = createRequire(import.meta.url);
  const files = join(dirname(require.resolve('@fontsource/inter/package.json')), 'files');
  const bytes = await readFile(join(files, `inter-${subset}-${weight}-normal.woff2`));
  const source = `url(data:font/woff2;base64,${bytes.toString('base64')}) format("woff2")`;
  return `@font-face{font-family:"Inter";font-weight:${weight};src:${source};${SUBSETS[subset]}}`;
}

const SHEET = `
:root{--ink:#1f2933;--muted:#5b6774;--line:#dfe4ea;--paper:#fff;--wash:#f5f7f9;--good:#0072b2;--bad:#b84a00;--warn:#8a5a00}
*{box-sizing:border-box}
body{margin:0;background:var(--wash);color:var(--ink);font-size:15px;line-height:1.5;font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:32px 28px 64px;background:var(--paper)}
h1{font-size:28px;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:20px;margin:44px 0 12px;padding-top:14px;border-top:2px solid var(--ink)}
h3{font-size:16px;margin:24px 0 8px}
p{margin:8px 0;max-width:80ch}
.muted{color:var(--muted)}
nav{margin:16px 0 0;display:flex;flex-wrap:wrap;gap:4px 18px}
nav a{color:var(--good)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(158px,1fr));gap:12px;margin:22px 0}
.tile{border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.tile b{display:block;font-size:26px;line-height:1.2;font-weight:600}
.tile span{display:block;font-size:13px;color:var(--muted)}
.tile .name{color:var(--ink);font-weight:600}
.note{border-left:4px solid var(--warn);background:#fff8e6;padding:8px 14px;margin:8px 0;max-width:none}
.alarm{border-color:var(--bad);background:#fdeee4}
.ok{color:#00664a;font-weight:600}
.wrong{color:var(--bad);font-weight:600}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:10px 0;font-size:14px}
th,td{text-align:left;padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--muted);font-size:13px;vertical-align:bottom}
td.n,th.n{text-align:right}
td.n{white-space:nowrap}
td.name{overflow-wrap:anywhere;min-width:140px}
td small{color:var(--muted);white-space:nowrap}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:12px;margin:12px 0}
.card{border:1px solid var(--line);border-radius:8px;padding:10px 12px;break-inside:avoid;font-size:13px;overflow-wrap:anywhere}
.card p{margin:4px 0}
.pictures{display:flex;gap:10px;margin:0 0 6px}
figure{margin:0;width:96px}
figure img{width:96px;height:96px;object-fit:contain;background:#e9edf0;border-radius:4px;display:block;image-rendering:auto}
figcaption{font-size:12px;line-height:1.3;color:var(--muted);margin-top:3px}
figure.chart{width:100%;margin:16px 0;padding:12px 14px;border:1px solid var(--line);border-radius:6px}
.chart figcaption{margin:0;font-size:13px}
.chart figcaption b{display:block;font-size:16px;font-weight:600;color:var(--ink)}
.chart ul{list-style:none;display:flex;flex-wrap:wrap;gap:2px 18px;margin:8px 0 0;padding:0;font-size:13px}
.chart i{display:inline-block;width:22px;margin-right:7px;vertical-align:middle}
.chart img{width:100%;height:auto;object-fit:fill;background:none;border-radius:0}
.axis{display:flex;justify-content:space-between;margin-top:8px;font-size:12px;color:var(--muted)}
.across{justify-content:center;margin-top:0}
.goldens{display:flex;flex-wrap:wrap;gap:14px;margin:4px 0 14px}
.goldens figure{width:110px}
.goldens figure img{width:110px;height:110px}
code{font:13px ui-monospace,SFMono-Regular,Consolas,monospace;overflow-wrap:anywhere}
details summary{cursor:pointer;color:var(--good);margin:8px 0}
@media (max-width:720px){main{padding:20px 14px}.pair{grid-template-columns:1fr}}
@media print{
@page{margin:14mm}
body{background:#fff;font-size:10pt}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
table{font-size:8.5pt}
th,td small,.muted,.card,.tile span{font-size:8pt}
code{font-size:8pt}
.tiles{grid-template-columns:repeat(6,1fr);gap:6px}
.tile{padding:6px 8px}
.tile b{font-size:15pt}
figcaption{font-size:7pt}
.goldens{gap:10px}
.goldens figure,.goldens figure img{width:84px}
.goldens figure img{height:84px}
main{max-width:none;padding:0}
nav{display:none}
h2,h3{break-after:avoid}
.tile,.note,figure{break-inside:avoid}
.chart figcaption,.chart ul,.axis{font-size:8pt}
.chart figcaption b{font-size:10pt}
tr{break-inside:avoid}
.scroll{overflow:visible}
details>*{display:block}
}
`;
