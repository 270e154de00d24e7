import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The page's style sheet with its font inside: nothing is fetched from anywhere. */
export async function reportStyle(): Promise<string> {
  const require = createRequire(import.meta.url);
  const files = join(dirname(require.resolve('@fontsource/inter/package.json')), 'files');
  const face = async (weight: number): Promise<string> => {
    const bytes = await readFile(join(files, `inter-latin-${weight}-normal.woff2`));
    return `@font-face{font-family:"Inter";font-weight:${weight};src:url(data:font/woff2;base64,${bytes.toString('base64')}) format("woff2")}`;
  };
  return `${await face(400)}${await face(600)}${SHEET}`;
}

const SHEET = `
:root{--ink:#1f2933;--muted:#5b6774;--line:#dfe4ea;--paper:#fff;--wash:#f5f7f9;--good:#0072b2;--bad:#b84a00;--warn:#8a5a00}
*{box-sizing:border-box}
body{margin:0;background:var(--wash);color:var(--ink);font:15px/1.5 Inter,"Noto Sans","Noto Sans CJK SC","Microsoft YaHei",system-ui,sans-serif;font-variant-numeric:tabular-nums}
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
img.chart{width:100%;height:auto;display:block;margin:12px 0;border:1px solid var(--line);border-radius:6px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:12px;margin:12px 0}
.card{border:1px solid var(--line);border-radius:8px;padding:10px 12px;break-inside:avoid;font-size:13px;overflow-wrap:anywhere}
.card p{margin:4px 0}
.pictures{display:flex;gap:10px;margin:0 0 6px}
figure{margin:0;width:96px}
figure img{width:96px;height:96px;object-fit:contain;background:#e9edf0;border-radius:4px;display:block;image-rendering:auto}
figcaption{font-size:12px;line-height:1.3;color:var(--muted);margin-top:3px}
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
.tile,.note,figure,img.chart{break-inside:avoid}
tr{break-inside:avoid}
.scroll{overflow:visible}
details>*{display:block}
}
`;
