import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { preparedQuery } from '../../infra/database/index.js';
import { currentScope } from '../auth/access-scope.js';
import { Batches } from './batches.js';
import { JsonText } from './json-text.js';
import { TaskCounts } from './task-counts.js';
import { filterSql, hasTrigram, readCursor, writeCursor, type TaskFilter } from './task-filter.js';
import { pageStatement, toFoundPage, type FoundRow, type PageQuestion } from './task-page-sql.js';
import { TaskRows, type Query, type TaskRow } from './task-rows.js';

interface Page {
  readonly rows: readonly TaskRow[];
  readonly hasMore: boolean;
  /** Null where it was not asked for. */
  readonly total: number | null;
}

/**
 * Pages of tasks, newest first; made for dashboards that ask often and tables that grow long. The questions of
 * one moment go to PostgreSQL together, which finds the rows and writes the JSON of those that have changed.
 */
@Injectable()
export class TaskList {
  private readonly rows = new TaskRows();
  private readonly counts = new TaskCounts();
  /** One for each statement. */
  private readonly batches = new Map<string, Batches<PageQuestion, Page>>();

  constructor(private readonly dataSource: DataSource) {}

  /** A `TaskPageDto` as it goes to the wire. @throws AppError `CURSOR_INVALID` */
  async json(filter: TaskFilter): Promise<JsonText> {
    const limit = Math.min(500, Math.max(1, filter.limit ?? 50));
    const offset = Math.max(0, filter.offset ?? 0);
    const after = filter.cursor === undefined ? undefined : readCursor(filter.cursor);
    const scope = currentScope();
    const indexed = filterSql(filter, scope, 'indexed');
    const key = JSON.stringify(indexed);
    const known = this.counts.get(key, () => this.count(pageStatement(indexed.where), indexed.values));
    // Where much has the text, a page is full soon; else what little has it is found first and then put in order.
    const search = known !== null || !hasTrigram(filter.text) ? 'inOrder' : 'indexed';
    const { where, values } = filterSql(filter, scope, search);
    const fenced = filter.text !== undefined && search === 'indexed';
    const { rows, hasMore, total } = await this.ask(pageStatement(where, { fenced, after: after !== undefined }), {
      ...values,
      after_us: after?.us,
      after_id: after?.id,
      size: limit,
      skip: offset,
      counted: known === null,
    });
    if (total !== null) this.counts.set(key, total);
    const next = hasMore ? `"${writeCursor(rows.at(-1)!)}"` : 'null';
    return new JsonText(
      `{"tasks":[${rows.map(({ json }) => json).join(',')}],"total":${total ?? known},"limit":${limit},"offset":${offset},"next":${next}}`,
    );
  }

  private async count(statement: string, values: Readonly<Record<string, unknown>>): Promise<number> {
    return (await this.ask(statement, { ...values, size: 0, skip: 0, counted: true })).total!;
  }

  private ask(statement: string, question: PageQuestion): Promise<Page> {
    let batches = this.batches.get(statement);
    if (!batches) {
      batches = new Batches((questions) => this.answer(statement, questions));
      this.batches.set(statement, batches);
    }
    return batches.ask(JSON.stringify(question), question);
  }

  private async answer(statement: string, questions: readonly PageQuestion[]): Promise<Page[]> {
    try {
      const query: Query = (text, values) => preparedQuery(this.dataSource, text, values);
      return (await this.read(statement, questions, query)) ?? (await this.readAtOneMoment(statement, questions));
    } catch (error) {
      // Versions of rows count for one server; the next answer may come from another.
      this.rows.clear();
      throw error;
    }
  }

  /** Where a row changes between being found and being read: both see the same, at the price of a transaction. */
  private readAtOneMoment(statement: string, questions: readonly PageQuestion[]): Promise<Page[]> {
    return this.dataSource.transaction('REPEATABLE READ', async ({ queryRunner }) => {
      const query: Query = (text, values) => queryRunner!.query(text, [...values]);
      return (await this.read(statement, questions, query))!;
    });
  }

  /** Null when a row has changed meanwhile: it may not belong on its page any more. */
  private async read(statement: string, questions: readonly PageQuestion[], query: Query): Promise<Page[] | null> {
    const numbered = JSON.stringify(questions.map((question, n) => ({ n, ...question })));
    const found = (await query<FoundRow>(statement, [numbered])).sort((a, b) => a.n - b.n);
    const pages = found.map((row, index) => toFoundPage(row, questions[index]!));
    const versions = pages.flatMap((page) => page.versions);
    const rows = await this.rows.read(versions, query);
    if (versions.some(({ id, version }) => rows.get(id)?.version !== version)) return null;
    return pages.map((page) => ({ ...page, rows: page.versions.map(({ id }) => rows.get(id)!) }));
  }
}
