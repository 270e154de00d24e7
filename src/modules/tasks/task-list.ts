import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { preparedQuery } from '../../infra/database/index.js';
import { currentScope } from '../auth/access-scope.js';
import { Batches } from './batches.js';
import { digestOf, JsonText } from './json-text.js';
import { TaskCounts } from './task-counts.js';
import { filterSql, hasTrigram, readCursor, writeCursor, type FilterSql, type TaskFilter } from './task-filter.js';
import {
  pageStatement,
  toFoundPage,
  type FoundPage,
  type FoundRow,
  type PageKind,
  type PageQuestion,
} from './task-page-sql.js';
import { TaskRows, type Query, type TaskRow } from './task-rows.js';

interface Page {
  /** A `TaskPageDto`. */
  readonly text: JsonText;
  readonly total: number;
}

/**
 * Pages of tasks, newest first; made for dashboards that ask often and tables that grow long. The questions of
 * one moment go to PostgreSQL together, which finds the rows and writes the JSON of those that have changed.
 */
@Injectable()
export class TaskList {
  private readonly rows = new TaskRows();
  private readonly counts = new TaskCounts();
  /** One for each kind of question, which is one statement. */
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
    const known = this.counts.get(key, () => this.count(indexed));
    // Where much has the text, a page is full soon; else what little has it is found first and then put in order.
    const search = known !== null || !hasTrigram(filter.text) ? 'inOrder' : 'indexed';
    const chosen = filter.text === undefined ? indexed : filterSql(filter, scope, search);
    const fenced = filter.text !== undefined && search === 'indexed';
    const { text, total } = await this.ask(
      chosen,
      { fenced, after: after !== undefined },
      {
        ...chosen.values,
        after_us: after?.us,
        after_id: after?.id,
        size: limit,
        skip: offset,
        known,
      },
    );
    if (known === null) this.counts.set(key, total);
    return text;
  }

  private async count(filter: FilterSql): Promise<number> {
    return (await this.ask(filter, {}, { ...filter.values, size: 0, skip: 0, known: null })).total;
  }

  private ask(filter: FilterSql, kind: PageKind, question: PageQuestion): Promise<Page> {
    const key = `${kind.fenced} ${kind.after} ${filter.each !== null} ${filter.where}`;
    let batches = this.batches.get(key);
    if (!batches) {
      const statement = pageStatement(filter, kind);
      batches = new Batches((questions) => this.answer(statement, questions));
      this.batches.set(key, batches);
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
    if (rows === null) return null;
    let begin = 0;
    return pages.map((page, index) => {
      const listed = rows.slice(begin, (begin += page.versions.length));
      return { text: pageText(page, listed, questions[index]!), total: page.total };
    });
  }
}

function pageText({ hasMore, total }: FoundPage, listed: readonly TaskRow[], question: PageQuestion): JsonText {
  const next = hasMore && listed.length > 0 ? `"${writeCursor(listed.at(-1)!)}"` : 'null';
  const { size, skip } = question;
  const rest = `],"total":${total},"limit":${size},"offset":${skip},"next":${next}}`;
  // Put together of bytes: as one long text it would be copied three times, and read once more for its digest.
  const items = listed.map(({ item }, index) => (index === 0 ? item.subarray(1) : item));
  const digest = digestOf(listed.map((row) => row.digest).join('') + rest);
  return new JsonText(Buffer.concat([BEGINNING, ...items, Buffer.from(rest)]), digest);
}

const BEGINNING = Buffer.from('{"tasks":[');
