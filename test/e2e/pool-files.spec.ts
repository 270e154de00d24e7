import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import type { RunningService } from '../../src/main.js';
import { eventually } from '../support/eventually.js';
import { createPoolPlace, REQUEST, type PoolPlace } from '../support/pool-place.js';

const COUNT = 8;
const PLACE = { site: 'HPH', lineId: 'V31' };
const ACTOR = { name: 'qa', from: 'test' };
const EVERYWHERE = { limit: 500, offset: 0 };
/** As seen from the part's folder. */
const TRASH = join('..', '..', '..', '.trash', 'HPH', 'V31', 'PN-1');

/** Training takes a part's folders at their word, so they have to say what the rows say. */
describe('the files of a part', () => {
  let place: PoolPlace;
  let service: RunningService;
  let database: pg.Client;
  let part: string;

  beforeAll(async () => {
    place = await createPoolPlace(COUNT);
    service = await place.start();
    part = join(place.dataFolder, 'pool', 'HPH', 'V31', 'PN-1');
    const { task_id: id } = (await post('/download/rawdata', REQUEST)).body;
    await eventually(async () => (await service.downloads.get(id!)).status === 'completed');
    database = new pg.Client({ connectionString: place.database.url });
    await database.connect();
  });
  afterAll(async () => {
    await database?.end();
    await service?.stop();
    await place?.release();
  });
  beforeEach(async () => {
    const unsorted = Object.fromEntries(place.files.map((file) => [file, null]));
    await service.images.classify('PN-1', PLACE, unsorted, ACTOR);
  });

  const post = async (path: string, json: unknown): Promise<{ status: number; body: Record<string, string> }> => {
    const answer = await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(json),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };
  const named = (...at: number[]): string[] => at.map((i) => place.files[i]!);
  const as = (label: 'OK' | 'NG', ...at: number[]): Record<string, 'OK' | 'NG'> =>
    Object.fromEntries(named(...at).map((file) => [file, label]));
  const sort = (label: 'OK' | 'NG', ...at: number[]): Promise<unknown> =>
    service.images.classify('PN-1', PLACE, as(label, ...at), ACTOR);
  /** What lies where; folders that a file could not be moved to are left out. */
  const folders = async (): Promise<Record<'unsorted' | 'OK' | 'NG' | 'trash', string[]>> => {
    const [unsorted, ok, ng, trash] = await Promise.all(
      [join(part, 'unsorted'), join(part, 'OK'), join(part, 'NG'), join(part, TRASH)].map(async (folder) => {
        const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
        return entries
          .filter((entry) => entry.isFile())
          .map(({ name }) => name)
          .sort();
      }),
    );
    return { unsorted: unsorted!, OK: ok!, NG: ng!, trash: trash! };
  };
  const labels = async (): Promise<Record<string, string | null>> => {
    const { images } = await service.images.images('PN-1', PLACE, '', EVERYWHERE);
    return Object.fromEntries(images.map(({ file, label }) => [file, label]));
  };
  const move = async (file: string, from: string, to: string): Promise<void> => {
    await mkdir(join(part, to), { recursive: true });
    await rename(join(part, from, file), join(part, to, file));
  };
  const training = { site: 'HPH', line_id: 'V31', max_epochs: 1 };

  describe('while a change is under way', () => {
    const files = [1, 2, 3];
    const remove = (): Promise<unknown> => service.imageTrash.remove('PN-1', PLACE, named(...files), ACTOR);
    const restore = (): Promise<unknown> => service.imageTrash.restore('PN-1', PLACE, named(...files), ACTOR);
    const nothing = (): Promise<unknown> => Promise.resolve();
    const changes = [
      {
        name: 'sorting',
        from: 'unsorted',
        to: 'OK',
        before: nothing,
        change: () => sort('OK', ...files),
        after: nothing,
      },
      { name: 'throwing away', from: 'unsorted', to: TRASH, before: nothing, change: remove, after: restore },
      { name: 'restoring', from: TRASH, to: 'unsorted', before: remove, change: restore, after: nothing },
    ];

    it.each(changes)('none is moved by $name when one is gone', async ({ from, before, change, after }) => {
      await before();
      const file = place.files[2]!;
      const [source, aside] = [join(part, from, file), join(place.root, file)];
      await rename(source, aside);
      const then = await folders();
      await expect(change()).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN', details: { files: [file] } });
      expect(await folders()).toEqual(then);
      await rename(aside, source);
      await change();
      await after();
    });

    it.each(changes)('none is moved by $name when one cannot be', async ({ to, before, change, after }) => {
      await before();
      const file = place.files[2]!;
      const obstacle = join(part, to, file);
      await mkdir(obstacle, { recursive: true });
      const then = await folders();
      await expect(change()).rejects.toMatchObject({ code: 'IMAGE_NOT_MOVED', details: { file } });
      expect(await folders()).toEqual(then);
      await rm(obstacle, { recursive: true });
      await change();
      await after();
    });

    it.each([
      ['refused', "RAISE EXCEPTION 'not today'"],
      ['cut off', 'PERFORM pg_terminate_backend(pg_backend_pid())'],
    ])('all go back when the commit is %s', async (_name, failure) => {
      await sort('OK', 0);
      const [then, before] = [await folders(), await labels()];
      await database.query(`SET search_path TO polarline;
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${failure}; RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER failing AFTER UPDATE ON pool_images DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION fail()`);
      await expect(sort('OK', 1, 2, 3)).rejects.toThrow();
      await database.query('DROP TRIGGER failing ON pool_images; DROP FUNCTION fail()');
      expect(await folders()).toEqual(then);
      expect(await labels()).toEqual(before);
    });
  });

  it('are where their rows say once the part is looked at, however an interruption left them', async () => {
    await sort('OK', 0, 1);
    await sort('NG', 2);
    const then = await folders();
    await move(place.files[1]!, 'OK', 'NG');
    await move(place.files[3]!, 'unsorted', 'OK');
    await service.images.images('PN-1', PLACE, '', EVERYWHERE);
    expect(await folders()).toEqual(then);
  });

  it('are where their rows say before a dry run and a start read them', async () => {
    await sort('OK', 0, 1);
    await sort('NG', 2);
    const then = await folders();
    const scatter = async (): Promise<void> => {
      // All of OK, so that the folder would not even be taken.
      for (const file of named(0, 1)) await move(file, 'OK', 'unsorted');
      await move(place.files[2]!, 'NG', 'unsorted');
    };
    await scatter();
    const check = await post('/training/check-input', { site: 'HPH', line_id: 'V31', input_dir: part });
    expect(check).toMatchObject({ status: 200, body: { files: 3 } });
    expect(await folders()).toEqual(then);
    await scatter();
    const started = await post('/training/start', { ...training, input_dir: part });
    expect(started.status).toBe(201);
    expect(await folders()).toEqual(then);
    await service.tasks.cancel(started.body.task_id!, ACTOR);
  });

  it('are where their rows say when a worker reads them, long after the start', async () => {
    await sort('OK', 0, 1, 2);
    await sort('NG', 3);
    await service.imageTrash.remove('PN-1', PLACE, named(4), ACTOR);
    const then = await folders();
    await service.stop();
    service = await place.start({ worker: 'none' });
    const { task_id: id } = (await post('/training/start', { ...training, input_dir: part })).body;
    await move(place.files[3]!, 'NG', 'OK');
    await move(place.files[4]!, TRASH, 'OK');
    await move(place.files[5]!, 'unsorted', 'NG');
    await service.stop();
    service = await place.start();
    await eventually(async () => (await service.tasks.get(id!)).counts.scanned !== undefined);
    expect((await service.tasks.get(id!)).counts).toMatchObject({ scanned: 4, readable: 4 });
    expect(await folders()).toEqual(then);
    await service.tasks.cancel(id!, ACTOR);
    await service.imageTrash.restore('PN-1', PLACE, named(4), ACTOR);
  });

  it('leave nothing behind in a folder for training when the trash is emptied', async () => {
    await sort('OK', 6, 7);
    const file = place.files[7]!;
    await service.imageTrash.remove('PN-1', PLACE, [file], ACTOR);
    const trashed = join(part, TRASH, file);
    await rename(trashed, join(part, 'OK', file));
    expect(await service.imageTrash.emptyTrash({}, ACTOR)).toEqual({ removed: 1 });
    expect((await folders()).OK).toEqual(named(6));
    expect(await readdir(dirname(trashed))).toEqual([]);
  });
});
