import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../../src/common/index.js';
import { RunFolder } from '../../src/dataset/index.js';
import { startService, type RunningService } from '../../src/main.js';
import { eventually } from '../support/eventually.js';
import { StepHolds } from '../support/step-holds.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';
import { tinyTrainingRequest } from '../support/tiny-training.js';

interface ErrorAnswer {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly details: Record<string, unknown>;
  readonly correlationId: string;
}

/** Node's fetch else adds `no-cache` to a conditional request, which asks for the whole answer. */
const conditional = { 'Cache-Control': 'max-age=0' };

describe('the main job over REST and pages', () => {
  let place: ServicePlace;
  let service: RunningService;
  let line: TinyLine;
  let inputBefore: string;

  beforeAll(async () => {
    place = await createServicePlace();
    line = await createTinyLine(place.root, { boards: 8 });
    inputBefore = await digestOf(line.inputDir);
    service = await startService({ overrides: place.overrides, worker: 'inProcess' });
  });

  afterAll(async () => {
    await service.stop();
    await place.release();
  });

  const call = (path: string, init: RequestInit & { json?: unknown } = {}): Promise<Response> => {
    const { json, ...rest } = init;
    const body = json === undefined ? rest.body : JSON.stringify(json);
    const headers = { ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...rest.headers };
    return fetch(`${service.url}${path}`, { redirect: 'manual', ...rest, headers, body });
  };
  const get = async <T>(path: string): Promise<T> => (await call(path)).json() as Promise<T>;
  const post = (path: string, json: unknown, headers = {}): Promise<Response> =>
    call(path, { method: 'POST', json, headers });
  const error = async (answer: Promise<Response>): Promise<ErrorAnswer> =>
    (await answer).json() as Promise<ErrorAnswer>;
  const startBody = (): Record<string, unknown> => tinyTrainingRequest(line);
  const start = async (): Promise<string> => {
    const answer = await post('/training/start', startBody());
    expect(answer.status).toBe(201);
    const { task_id, status } = (await answer.json()) as { task_id: string; status: string };
    expect(status).toBe('pending');
    return task_id;
  };
  const statusOf = async (id: string): Promise<string> =>
    (await get<{ status: string }>(`/training/status/${id}`)).status;
  const reaches = (id: string, ...statuses: string[]): Promise<void> =>
    eventually(async () => statuses.includes(await statusOf(id)));

  let id: string;

  it('goes from a folder to the gate, with everything set aside and why', async () => {
    id = await start();
    await reaches(id, 'pending_orientation', 'failed');
    const task = await get<Record<string, unknown>>(`/training/status/${id}`);
    expect(task).toMatchObject({
      status: 'pending_orientation',
      counts: { scanned: 22, readable: 20, rejected: 3, classified: 19, classes: 2 },
    });
    const rejected = await readFile(join(String(task.run_folder), 'rejected.csv'), 'utf8');
    expect(rejected).toContain('holiday.jpg,name,');
    expect(rejected).toContain('B90@IC1_1_R.png,image,');
    expect(rejected).toContain('B91@IC1_1_R.png,metadata,noMetadata');
  });

  it('shows three samples a class, and serves those pictures alone', async () => {
    const { classes } = await get<{ classes: { class: string; samples: { url: string }[] }[] }>(
      `/orientation/samples/${id}`,
    );
    expect(classes.map((one) => one.class)).toEqual(line.classes);
    for (const { samples } of classes) {
      expect(samples).toHaveLength(3);
      const picture = await call(samples[0]!.url);
      expect(picture.status).toBe(200);
      expect(picture.headers.get('content-type')).toBe('image/png');
      expect(picture.headers.get('cache-control')).toBe('private, max-age=2592000, immutable');
      const etag = picture.headers.get('etag')!;
      expect((await call(samples[0]!.url, { headers: { ...conditional, 'If-None-Match': etag } })).status).toBe(304);
    }
    const again = await get<unknown>(`/orientation/samples/${id}`);
    expect(again).toEqual(await get<unknown>(`/orientation/samples/${id}`));
    for (const file of [
      'rejected.csv',
      '..%2f..%2frejected.csv',
      '%2e%2e%2f%2e%2e%2fwork%2fimages.jsonl',
      'x%5c..%5cy',
    ])
      expect((await call(`/temp/${id}/${line.classes[0]!}/${file}`)).status).toBe(404);
    expect((await call(`/temp/${id}/..%2f..%2f/rejected.csv`)).status).toBe(404);
    expect((await call(`/temp/${id}/${line.classes[0]!}/%00`)).status).toBe(400);
  });

  it('offers the gate as a page that works as a plain form', async () => {
    const page = await call(`/orientation/${id}`, { headers: { Accept: 'text/html' } });
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html.match(/<img /g)).toHaveLength(6);
    expect(html.match(/type="radio"/g)).toHaveLength(10);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const partial = await call(`/orientation/${id}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' },
      body: 'class_0=Up',
    });
    expect(partial.status).toBe(400);
    expect(await partial.text()).toContain('has no answer');
    const dashboard = await (await call('/')).text();
    expect(dashboard).toContain('Waiting for you');
    expect((await call(`/tasks/${id}`)).status).toBe(200);
  });

  it('names unknown and missing classes, takes one answer, and tells the second who was first', async () => {
    const [first, second] = line.classes;
    expect(
      await error(post(`/orientation/confirm/${id}`, { answers: { [first!]: 'Up', Nonsense: 'Up' } })),
    ).toMatchObject({
      statusCode: 400,
      code: 'ANSWERS_INVALID',
      details: { unknownClasses: ['Nonsense'], missingClasses: [second] },
    });
    const answers = line.answers;
    expect((await post(`/orientation/confirm/${id}`, { answers })).status).toBe(200);
    const conflict = await error(post(`/orientation/confirm/${id}`, { answers }));
    expect(conflict).toMatchObject({
      statusCode: 409,
      code: 'ALREADY_CONFIRMED',
      details: { confirmedBy: 'anonymous' },
    });
  });

  it('streams every event in order to the end, and goes on after a lost line', async () => {
    const read = async (headers = {}): Promise<{ id: number; kind: string; data: Record<string, unknown> }[]> => {
      const text = await (await call(`/training/events/${id}`, { headers })).text();
      expect(text).toContain('event: end');
      return [...text.matchAll(/^data: (\{"id".*)$/gm)].map(
        ([, json]) => JSON.parse(json!) as { id: number; kind: string; data: Record<string, unknown> },
      );
    };
    const events = await read();
    expect(events.at(-1)).toMatchObject({ kind: 'state', data: { from: 'running', to: 'completed', progress: 1 } });
    const ids = events.map((event) => event.id);
    expect([...ids].sort((a, b) => a - b)).toEqual(ids);
    const told = events.flatMap(({ data }) => (typeof data.progress === 'number' ? [data.progress] : []));
    expect([...told].sort((a, b) => a - b)).toEqual(told);
    expect(events.filter(({ kind }) => kind === 'epoch').map(({ data }) => data.epoch)).toEqual([1, 2]);
    const middle = ids[Math.floor(ids.length / 2)]!;
    expect((await read({ 'Last-Event-ID': String(middle) })).map((event) => event.id)).toEqual(
      ids.filter((one) => one > middle),
    );
  });

  it('has results, downloads with ranges and ETags, and left the input as it was', async () => {
    expect(await statusOf(id)).toBe('completed');
    const result = await get<{ artefacts: { type: string; url: string; size_bytes: number; sha256: string }[] }>(
      `/training/result/${id}`,
    );
    const types = result.artefacts.map(({ type }) => type).sort();
    const { summary } = await get<{ summary: { provenance: { task: object } } }>(`/training/result/${id}`);
    expect(summary.provenance.task).toMatchObject({
      taskId: id,
      site: 'HPH',
      gate: { answeredBy: 'anonymous', answers: line.answers },
    });
    expect(types).toEqual(
      [
        'bundle',
        'class_accuracy',
        'confusion_matrix',
        'evaluation_csv',
        'golden_samples',
        'model',
        'onnx',
        'report',
        'similarity_dist',
        'summary',
      ].sort(),
    );
    const onnx = result.artefacts.find(({ type }) => type === 'onnx')!;
    const whole = await call(onnx.url);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(onnx.sha256);
    const etag = whole.headers.get('etag')!;
    expect(etag).toBe(`"${onnx.sha256}"`);
    const part = await call(onnx.url, { headers: { Range: 'bytes=10-19', 'If-Range': etag } });
    expect(part.status).toBe(206);
    expect(part.headers.get('cache-control')).toBe('private, max-age=0');
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    expect((await call(onnx.url, { headers: { ...conditional, 'If-None-Match': etag } })).status).toBe(304);
    for (const kind of ['bundle', 'golden_samples']) {
      const zip = await call(`/training/download/${id}/${kind}`);
      expect(zip.headers.get('content-type')).toBe('application/zip');
      expect(
        Buffer.from(await zip.arrayBuffer())
          .subarray(0, 2)
          .toString(),
      ).toBe('PK');
    }
    expect((await call(`/training/download/${id}/..%2f..%2fetc`)).status).toBe(404);
    expect(await digestOf(line.inputDir)).toBe(inputBefore);
  });

  it('gives the report in another language, also to two at once, and leaves the stored one as it is', async () => {
    const url = `/training/download/${id}/report`;
    const stored = await call(url);
    const storedText = await stored.text();
    expect(storedText).toContain('<html lang="en">');
    const [first, second] = await Promise.all([call(`${url}?language=vi`), call(`${url}?language=vi`)]);
    const text = await first.text();
    expect(text).toContain('<html lang="vi">');
    expect(await second.text()).toBe(text);
    expect(first.headers.get('content-disposition')).toMatch(/_report\.vi\.html$/);
    const again = await call(`${url}?language=vi`, {
      headers: { ...conditional, 'If-None-Match': first.headers.get('etag')! },
    });
    expect(again.status).toBe(304);
    const same = await call(`${url}?language=en`);
    expect([same.headers.get('etag'), await same.text()]).toEqual([stored.headers.get('etag'), storedText]);
    expect(await error(call(`${url}?language=fr`))).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await error(call(`/training/download/${id}/onnx?language=vi`))).toMatchObject({
      code: 'LANGUAGE_UNSUITABLE',
    });
  });

  it('gives the report of an earlier release as it was written, and says why not in another language', async () => {
    const { run_folder: runFolder } = await get<{ run_folder: string }>(`/training/status/${id}`);
    const data = new RunFolder(runFolder).reportData;
    await rename(data, `${data}.aside`);
    try {
      const answer = await call(`/training/download/${id}/report?language=vi`);
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({
        code: 'REPORT_DATA_MISSING',
        message: expect.stringContaining('evaluate the run again') as unknown,
      });
      const page = await call(`/tasks/${id}/report`, { headers: { 'Accept-Language': 'vi' } });
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<html lang="en">')]);
    } finally {
      await rename(`${data}.aside`, data);
    }
    const page = await call(`/tasks/${id}/report`, { headers: { 'Accept-Language': 'vi' } });
    expect(await page.text()).toContain('<html lang="vi">');
  });

  it('swaps a golden sample, evaluates again without training, keeps what was before, and takes it back', async () => {
    interface Goldens {
      evaluation: string;
      can_undo: boolean;
      goldens: { id: string; image: string; picture_url: string; chosen_by: string; why: string; queued: unknown }[];
      history: { golden: string; status: string; after: unknown; before: unknown; undone_by: number | null }[];
    }
    const url = `/training/golden/${id}`;
    const settled = async (): Promise<Goldens> => {
      await eventually(async () => (await get<Goldens>(url)).evaluation === 'current');
      return get<Goldens>(url);
    };
    const runFolder = (await get<{ run_folder: string }>(`/training/status/${id}`)).run_folder;
    const onnx = join(runFolder, 'model', 'best_model.onnx');
    const before = await get<Goldens>(url);
    expect(before).toMatchObject({ evaluation: 'current', can_undo: false, history: [] });
    const golden = before.goldens.find((one) => one.id.endsWith('/Up_1'))!;
    expect(golden.chosen_by).toBe('medoid');
    const query = `golden=${encodeURIComponent(golden.id)}`;
    const { candidates } = await get<{ candidates: { image: string; picture_url: string; is_golden: boolean }[] }>(
      `${url}/candidates?${query}`,
    );
    const other = candidates.find((one) => !one.is_golden)!;
    expect(candidates.filter((one) => one.is_golden)).toHaveLength(1);
    expect((await call(`${other.picture_url}&size=160`)).status).toBe(200);
    for (const image of ['model/best_model.onnx', 'dataset/train/../../rejected.csv', 'dataset/train/no.png'])
      expect((await call(`${url}/picture?image=${encodeURIComponent(image)}`)).status).toBeGreaterThanOrEqual(400);
    const swap = (body: unknown): Promise<Response> => call(url, { method: 'PUT', json: body });
    expect(await error(swap({ golden: 'nobody', image: other.image }))).toMatchObject({ code: 'GOLDEN_UNKNOWN' });
    expect(await error(swap({ golden: golden.id, image: 'dataset/none.png' }))).toMatchObject({
      code: 'GOLDEN_IMAGE_UNKNOWN',
    });
    expect((await get<Goldens>(url)).history).toEqual([]);

    const trained = (await stat(onnx)).mtimeMs;
    const zipBefore = await (await call(`/training/download/${id}/golden_samples`)).arrayBuffer();
    const accepted = await swap({ golden: golden.id, image: other.image, reason: 'sharper' });
    expect(accepted.status).toBe(202);
    expect((await call(`/training/delete/${id}`, { method: 'DELETE' })).status).toBe(409);
    // The last results stand until the new ones are whole.
    expect((await call(`/training/result/${id}`)).status).toBe(200);
    const after = await settled();
    const swapped = after.goldens.find((one) => one.id === golden.id)!;
    expect(swapped).toMatchObject({ image: other.image, chosen_by: 'person', queued: null });
    expect(swapped.why).toContain('anonymous');
    expect(swapped.why).toContain('sharper');
    expect(after.history).toMatchObject([{ golden: golden.id, status: 'done', undone_by: null }]);
    expect(after.history[0]!.after).not.toBeNull();
    expect(await statusOf(id)).toBe('completed');
    expect((await stat(onnx)).mtimeMs).toBe(trained);
    expect(await readdir(join(runFolder, 'results_history'))).toEqual(['001']);
    const zipAfter = await (await call(`/training/download/${id}/golden_samples`)).arrayBuffer();
    expect(Buffer.from(zipAfter).equals(Buffer.from(zipBefore))).toBe(false);

    // An evaluation that cannot be done leaves the last results and the choice before it.
    const third = candidates.find((one) => one.image !== other.image && !one.is_golden)!;
    const outcome = async (): Promise<unknown[]> => {
      const { steps } = await get<{ steps: { name: string; status: string; result: unknown }[] }>(
        `/training/status/${id}`,
      );
      return steps.map(({ name, status, result }) => ({ name, status, result }));
    };
    const outcomeBefore = await outcome();
    await rename(onnx, `${onnx}.away`);
    expect((await swap({ golden: golden.id, image: third.image })).status).toBe(202);
    const failed = await settled();
    await rename(`${onnx}.away`, onnx);
    expect(failed.history[0]).toMatchObject({ status: 'failed', error: { code: 'MODEL_MISSING' } });
    expect(failed.goldens.find((one) => one.id === golden.id)!.image).toBe(other.image);
    expect(await statusOf(id)).toBe('completed');
    expect(await outcome()).toEqual(outcomeBefore);

    expect((await post(`${url}/undo`, undefined)).status).toBe(202);
    const undone = await settled();
    expect(undone.goldens).toEqual(before.goldens);
    expect(undone.can_undo).toBe(false);
    expect((await post(`${url}/undo`, undefined)).status).toBe(409);
    const events = await (await call(`/training/events/${id}`)).text();
    const told = [...events.matchAll(/^event: golden\ndata: (.*)$/gm)].map(
      ([, json]) => (JSON.parse(json!) as { data: { status: string } }).data.status,
    );
    expect(told).toEqual(['queued', 'done', 'queued', 'failed', 'queued', 'done']);
    const { entries } = await get<{ entries: { action: string }[] }>('/audit?limit=50');
    expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(['golden.swap', 'golden.undo']));
  });

  it('makes two clean, separate runs of the same input', async () => {
    const second = await start();
    const [a, b] = await Promise.all([id, second].map((one) => get<{ run_folder: string }>(`/training/status/${one}`)));
    expect(a!.run_folder).not.toBe(b!.run_folder);
    await reaches(second, 'pending_orientation');
    expect((await get<{ total: number }>('/training/list?status=completed')).total).toBe(1);
    expect((await call(`/training/delete/${second}`, { method: 'DELETE' })).status).toBe(409);
    expect((await post(`/training/cancel/${second}`, undefined)).status).toBe(200);
    expect(await statusOf(second)).toBe('cancelled');
    const deleted = await call(`/training/delete/${second}?delete_files=true`, { method: 'DELETE' });
    expect(await deleted.json()).toEqual({ task_id: second, deleted_files: true });
    expect(existsSync(b!.run_folder)).toBe(false);
    expect(existsSync(a!.run_folder)).toBe(true);
    expect((await call(`/training/status/${second}`)).status).toBe(404);
  });

  it('answers bad requests with a sentence in the one shape, and starts nothing', async () => {
    const before = await get<{ total: number }>('/training/list');
    const bad: [Record<string, unknown>, string][] = [
      [{ input_dir: join(place.root, 'nowhere') }, 'INPUT_FOLDER_MISSING'],
      [{ input_dir: join(line.inputDir, 'NG') }, 'INPUT_WITHOUT_OK'],
      [{ metadata_csv: undefined, site: 'ATLANTIS' }, 'SITE_UNKNOWN'],
      [{ metadata_csv: join(place.root, 'none.csv') }, 'PATH_MISSING'],
      [{ max_epochs: -1 }, 'CONFIG_INVALID'],
      [{ training_config: { max_epoch: 3 } }, 'CONFIG_INVALID'],
      [{ colour: 'red' }, 'CONFIG_INVALID'],
      [{ site: undefined }, 'CONFIG_INVALID'],
    ];
    for (const [change, code] of bad) {
      const answer = await post('/training/start', { ...startBody(), ...change });
      const body = (await answer.json()) as ErrorAnswer;
      expect({ status: answer.status, code: body.code }).toEqual({ status: 400, code });
      expect(body.message.length).toBeGreaterThan(20);
      expect(answer.headers.get('x-correlation-id')).toBe(body.correlationId);
    }
    expect(await get<{ total: number }>('/training/list')).toMatchObject({ total: before.total });
    // Beside the trash, through which the second task went.
    expect((await readdir(place.runsFolder)).filter((name) => name.startsWith('training_'))).toHaveLength(1);
    expect((await error(call('/training/status/nonsense'))).code).toBe('TASK_UNKNOWN');
    const translated = await call('/training/status/nonsense', { headers: { 'Accept-Language': 'fr, zh-HK;q=0.8' } });
    expect(translated.headers.get('content-language')).toBe('zh-TW');
    expect(translated.headers.get('vary')).toContain('Accept-Language');
    expect(await translated.json()).toMatchObject({
      statusCode: 404,
      code: 'TASK_UNKNOWN',
      message: '找不到這個任務；請確認任務編號。',
      details: { message: expect.stringContaining('nonsense') },
    });
    expect((await error(call('/no/such/page'))).statusCode).toBe(404);
    expect((await error(call('/training/list?limit=0'))).code).toBe('CONFIG_INVALID');
    const broken = call('/training/start', {
      method: 'POST',
      body: '{',
      headers: { 'Content-Type': 'application/json' },
    });
    expect((await error(broken)).statusCode).toBe(400);
    const foreign = call('/training/start', {
      method: 'POST',
      json: startBody(),
      headers: { 'Sec-Fetch-Site': 'cross-site' },
    });
    expect((await error(foreign)).code).toBe('CROSS_SITE');
  });

  it('fails a task whose images the metadata does not know, says so, and leaves nothing half-made', async () => {
    const answer = await post('/training/start', { ...startBody(), line_id: 'V99' });
    const { task_id } = (await answer.json()) as { task_id: string };
    await reaches(task_id, 'failed', 'pending_orientation');
    const task = await get<{ status: string; run_folder: string; error: { code: string; message: string } }>(
      `/training/status/${task_id}`,
    );
    expect(task).toMatchObject({ status: 'failed', error: { kind: 'badInput', code: 'NO_ROW_MATCHES' } });
    const translated = await call(`/training/status/${task_id}`, { headers: { 'Accept-Language': 'vi' } });
    expect(translated.headers.get('vary')).toContain('Accept-Language');
    const { error: spoken, ...rest } = (await translated.json()) as typeof task;
    expect({ ...rest, error: task.error }).toEqual(task);
    expect(spoken).toMatchObject({ code: 'NO_ROW_MATCHES', details: { message: task.error.message } });
    expect(spoken.message).toBe(errorText('NO_ROW_MATCHES', 'vi', {}));
    // Once the failure is recorded.
    await eventually(() => !existsSync(task.run_folder));
  });

  it('fails a task whose image is moved away before it is collected, and reads the folder anew on a retry', async () => {
    const sorted = await createTinyLine(join(place.root, 'sorted'));
    const holds = await StepHolds.open(place.database.url);
    try {
      await holds.hold('classify');
      const answer = await post('/training/start', tinyTrainingRequest(sorted));
      const { task_id } = (await answer.json()) as { task_id: string };
      const status = (): Promise<{
        counts: { scanned: number };
        steps: { name: string; status: string }[];
        error: unknown;
      }> => get(`/training/status/${task_id}`);
      await eventually(async () => (await status()).steps.some(({ name }) => name === 'classify'));
      const { scanned } = (await status()).counts;
      const image = (await readdir(join(sorted.inputDir, 'NG'))).sort()[0]!;
      await rename(join(sorted.inputDir, 'NG', image), join(place.root, image));
      await holds.letGo('classify');
      await reaches(task_id, 'failed', 'pending_orientation');
      expect((await status()).error).toMatchObject({
        kind: 'badInput',
        code: 'INPUT_CHANGED',
        message: expect.stringContaining(image),
      });
      expect((await post(`/training/retry/${task_id}`, undefined)).status).toBe(200);
      await reaches(task_id, 'failed', 'pending_orientation');
      const { counts, error: none } = await status();
      expect([counts.scanned, none]).toEqual([scanned - 1, null]);
      expect((await post(`/training/cancel/${task_id}`, undefined)).status).toBe(200);
    } finally {
      await holds.close();
    }
  });
});

/** Names and bytes of everything under a folder. */
async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(file).update(await readFile(file));
  return hash.digest('hex');
}
