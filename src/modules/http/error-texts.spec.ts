import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import ts from 'typescript';
import {
  AppError,
  badInput,
  ENGLISH_ONLY_CODES,
  ERROR_TEXTS,
  errorText,
  placesOf,
  TRANSLATED_LANGUAGES,
} from '../../common/index.js';
import { packageRoot } from '../../infra/config/index.js';
import { CODES_BY_STATUS, inLanguage, toErrorBody } from './error-body.js';

/** The functions that make an error of a code: the code's position among their arguments. */
const MAKERS: Readonly<Record<string, number>> = { badInput: 0, AppError: 1, make: 1, 'this.unavailable': 0 };

/** Where a code is no literal: it is handed on from an error that was made elsewhere, or by one of `MAKERS`. */
const HANDED_ON = [
  'common/app-error.ts',
  'common/error-wire.ts',
  'infra/database/postgres-errors.ts',
  'modules/image-pool/image-server.ts',
  'modules/image-pool/pool-download.service.ts',
  'modules/pipeline/pipeline.service.ts',
  'modules/tasks/metadata-probe.ts',
];

/** Programs with a terminal speak English; what they alone raise needs no other language. */
const LAYERS = ['common', 'dataset', 'infra', 'modules', 'orientation', 'training'];

const raised = codesOfSources();
const englishOnly = new Set<string>(Object.values(ENGLISH_ONLY_CODES).flat());

describe('error texts', () => {
  it('are there in every language for each code that is raised, and for no other', () => {
    expect(raised.codes.size).toBeGreaterThan(150);
    expect([...raised.codes].filter((code) => !englishOnly.has(code)).sort()).toEqual(Object.keys(ERROR_TEXTS).sort());
  });

  it('stay English for the pinned codes alone, each of them raised', () => {
    expect([...englishOnly].filter((code) => !raised.codes.has(code))).toEqual([]);
    expect([...englishOnly].filter((code) => Object.hasOwn(ERROR_TEXTS, code))).toEqual([]);
  });

  it('are found in the sources wherever a code is named', () => {
    expect([...raised.handedOn].sort()).toEqual(HANDED_ON);
  });

  it('are whole sentences that take the same values in each language', () => {
    for (const [code, texts] of Object.entries(ERROR_TEXTS)) {
      const [zhTw, zhCn, vi] = texts;
      expect([code, zhTw.endsWith('。'), zhCn.endsWith('。'), vi.endsWith('.')]).toEqual([code, true, true, true]);
      expect([code, ...texts.map(placesOf)]).toEqual([code, ...TRANSLATED_LANGUAGES.map(() => placesOf(zhTw))]);
    }
  });

  it('keep traditional and simplified characters apart', () => {
    for (const [code, [zhTw, zhCn, vi]] of Object.entries(ERROR_TEXTS)) {
      expect([code, zhTw.match(/[请这个级据库务图样设无认识从应错误类档产线练训仅录网]/gu)]).toEqual([code, null]);
      expect([code, zhCn.match(/[請這個級據庫務圖樣設無認識從應錯誤類檔產線練訓僅錄網]/gu)]).toEqual([code, null]);
      expect([code, vi.match(/\p{Script=Han}/u)]).toEqual([code, null]);
    }
  });
});

describe('an error answer in a language', () => {
  const body = toErrorBody(badInput('INPUT_FOLDER_MISSING', '/data: expected a folder.', { path: '/data' }), 'id-1');

  it('keeps its shape, its code and, in the details, the English message', () => {
    const { body: answer, spoken } = inLanguage(body, 'vi');
    expect(spoken).toBe('vi');
    expect(answer).toEqual({
      ...body,
      message: ERROR_TEXTS.INPUT_FOLDER_MISSING![2],
      details: { path: '/data', message: '/data: expected a folder.' },
    });
  });

  it('is as ever in English, and where the language has no text', () => {
    expect(inLanguage(body, 'en')).toEqual({ body, spoken: 'en' });
    const internal = toErrorBody(new AppError('internal', 'TRACE_READS_DATA', 'A traced function read.'), 'id-2');
    expect(inLanguage(internal, 'zh-TW')).toEqual({ body: internal, spoken: 'en' });
  });

  it('fills in the values of its details, and stays English where one is missing', () => {
    expect(errorText('USER_EXISTS', 'zh-TW', { name: 'mai' })).toBe('使用者 mai 已存在；請換一個名稱。');
    expect(errorText('USER_EXISTS', 'zh-TW', {})).toBeNull();
    expect(errorText('CONFIG_REFERENCE_INVALID', 'vi', {})).toContain('${NAME}');
    expect(errorText('constructor', 'vi', {})).toBeNull();
  });

  it('covers surprises, of which no language tells more than the correlation id', () => {
    const { body: answer } = inLanguage(toErrorBody(new Error('password=hunter2'), 'id-3'), 'zh-CN');
    expect(answer.message).toContain('correlationId');
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });
});

/** Every code that the layers raise, and the files that raise one which is no literal. */
function codesOfSources(): { codes: Set<string>; handedOn: Set<string> } {
  const codes = new Set([...Object.values(CODES_BY_STATUS), 'INTERNAL']);
  const handedOn = new Set<string>();
  const root = join(packageRoot(), 'src');
  for (const layer of LAYERS)
    for (const file of readdirSync(join(root, layer), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
      const text = readFileSync(join(root, layer, file), 'utf8');
      if (!/\b(?:badInput|AppError)\b/.test(text)) continue;
      const visit = (node: ts.Node): void => {
        const code = codeArgument(node);
        if (code) {
          const literals = literalsOf(code);
          for (const literal of literals) codes.add(literal);
          if (literals.length === 0) handedOn.add(`${layer}/${file.split(sep).join('/')}`);
        }
        ts.forEachChild(node, visit);
      };
      visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
    }
  return { codes, handedOn };
}

function codeArgument(node: ts.Node): ts.Expression | undefined {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return undefined;
  const { expression: callee } = node;
  const name = ts.isIdentifier(callee)
    ? callee.text
    : ts.isPropertyAccessExpression(callee) && callee.expression.kind === ts.SyntaxKind.ThisKeyword
      ? `this.${callee.name.text}`
      : '';
  return Object.hasOwn(MAKERS, name) ? node.arguments?.[MAKERS[name]!] : undefined;
}

/** The texts that an expression can be: one, or those of a choice. */
function literalsOf(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return literalsOf(node.expression);
  return ts.isConditionalExpression(node) ? [...literalsOf(node.whenTrue), ...literalsOf(node.whenFalse)] : [];
}
