/** Data sets of texts: tables, lists, lines, and what is wrong with some of them. */
import { describe, expect, test } from 'vitest';

import { csvRows, tsvRows } from '../../../src/tasks/data/csv.ts';
import { labelledTexts } from '../../../src/tasks/data/labelled-texts.ts';
import { readRows } from '../../../src/tasks/data/rows.ts';
import { sentenceGroups } from '../../../src/tasks/data/sentences.ts';
import { readTexts } from '../../../src/tasks/data/texts.ts';
import { given } from '../given-files.ts';

describe('comma-separated values', () => {
  test.each<[string, string, string[][]]>([
    [
      'plain cells',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'lines that end as on Windows',
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'separators and line breaks in quotes',
      '"a,b","c\nd"\ne,f',
      [
        ['a,b', 'c\nd'],
        ['e', 'f'],
      ],
    ],
    ['doubled quotes', '"say ""hi""",x', [['say "hi"', 'x']]],
    ['quotes inside of a cell', '5" tall,x', [['5" tall', 'x']]],
    ['empty cells', ',a,\n', [['', 'a', '']]],
    ['an empty cell at the very end', 'a,', [['a', '']]],
    ['a quote that never ends', '"a,b\nc', [['a,b\nc']]],
    ['nothing', '', []],
  ])('with %s', (_, text, rows) => {
    expect(csvRows(text)).toEqual(rows);
  });

  test('or by tabs, where quotes stand for themselves', () => {
    expect(tsvRows('"a\tb"\r\n\nc\td\n')).toEqual([
      ['"a', 'b"'],
      ['c', 'd'],
    ]);
  });
});

const labels = ['NEGATIVE', 'POSITIVE'];
const labelled = async (files: Readonly<Record<string, unknown>>) =>
  labelledTexts(await readRows(given(files)), labels);

describe('labelled texts', () => {
  const both = [
    { text: 'good', label: 1 },
    { text: 'bad', label: 0 },
  ];

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['a table with a head', { 'a.tsv': 'sentence\tlabel\ngood\t1\nbad\t0\n' }],
    ['a head in another order', { 'a.csv': 'id,label,text\n1,1,good\n2,0,bad\n' }],
    ['a head in capitals', { 'a.csv': '\uFEFFText,Label\ngood,1\nbad,0\n' }],
    ['no head', { 'a.tsv': 'good\t1\nbad\t0\n' }],
    ['the label first', { 'a.csv': '1,good\n0,bad\n' }],
    ['names of classes', { 'a.csv': 'text,label\ngood,positive\nbad,NEGATIVE\n' }],
    ['names of classes without a head', { 'a.csv': 'Positive,good\nnegative,bad\n' }],
    [
      'a list of objects',
      {
        'a.json': [
          { text: 'good', label: 1 },
          { text: 'bad', label: 'negative' },
        ],
      },
    ],
    ['lists by column', { 'a.json': { text: ['good', 'bad'], label: [1, 0] } }],
    [
      'a list in an object',
      {
        'a.json': {
          data: [
            { review: 'good', sentiment: 'POSITIVE' },
            { review: 'bad', sentiment: 'NEGATIVE' },
          ],
        },
      },
    ],
    [
      'rows of the Hub’s server',
      {
        'a.json': {
          rows: [{ row: { text: 'good', label: 1 } }, { row: { text: 'bad', label: 0 } }],
        },
      },
    ],
    [
      'lists of pairs',
      {
        'a.json': [
          ['good', 1],
          ['bad', 0],
        ],
      },
    ],
    [
      'a JSON object on each line',
      { 'a.jsonl': '{"text":"good","label":1}\n{"text":"bad","label":0}\n' },
    ],
    ['two files', { 'a.tsv': 'text\tlabel\ngood\t1', 'b.ndjson': '{"text":"bad","label":"0"}' }],
  ])('are read from %s', async (_, files) => {
    expect(await labelled(files)).toEqual(both);
  });

  test('may lack labels', async () => {
    expect(await labelled({ 'a.txt': 'good\n\nbad\n' })).toEqual([
      { text: 'good' },
      { text: 'bad' },
    ]);
    expect(await labelled({ 'a.json': ['good'] })).toEqual([{ text: 'good' }]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    [
      'a class that is not there',
      { 'a.tsv': 'text\tlabel\ngood\tpos\n' },
      /"a.tsv", row 1: "pos" is none .* "NEGATIVE", "POSITIVE"/,
    ],
    [
      'an id that is too large',
      { 'a.json': [{ text: 'good', label: 2 }] },
      /"a.json", row 1: 2 is none/,
    ],
    [
      'no text',
      { 'a.json': [{ text: 'good', label: 0 }, { label: 1 }] },
      /"a.json", row 2 has no text/,
    ],
    ['broken JSON', { 'a.json': '[1,' }, /"a.json" is no JSON/],
    ['a broken line', { 'a.jsonl': '{"text":"a"}\n{"text"' }, /"a.jsonl", line 2 is no JSON/],
    ['another kind of file', { 'a.png': 'x' }, /"a.png" is no data set of texts\. Give \.tsv/],
    ['a kind named like a method', { 'a.constructor': 'x' }, /no data set of texts/],
    ['an empty file', { 'a.txt': '' }, /There are no rows in "a.txt"/],
    ['no file', {}, /No data was given/],
  ])('name what is wrong: %s', async (_, files, words) => {
    await expect(labelled(files)).rejects.toMatchObject({
      name: 'ModelError',
      message: expect.stringMatching(words) as string,
    });
  });
});

describe('sentences to compare', () => {
  const groups = async (files: Readonly<Record<string, unknown>>) =>
    sentenceGroups(await readRows(given(files)));

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['a table without a head', { 'a.tsv': 'one\ttwo\t4.5\none\tthree\t1\n' }],
    [
      'a table with a head',
      { 'a.csv': 'id,score,sentence1,sentence2\n1,4.5,one,two\n2,1,one,three\n' },
    ],
    [
      'objects',
      {
        'a.jsonl':
          '{"sentence1":"one","sentence2":"two","score":4.5}\n{"text1":"one","text2":"three","similarity":1}',
      },
    ],
  ])('in judged pairs from %s', async (_, files) => {
    expect(await groups(files)).toEqual([
      {
        texts: ['one', 'two', 'three'],
        judged: [
          { a: 0, b: 1, score: 4.5 },
          { a: 0, b: 2, score: 1 },
        ],
      },
    ]);
  });

  test('in groups of nearly the same size', async () => {
    const lines = Array.from({ length: 130 }, (_, at) => `line ${at}`).join('\n');
    const sizes = (await groups({ 'a.txt': lines })).map(({ texts }) => texts.length);
    expect(sizes).toEqual([44, 44, 42]);
  });
});

describe('whole texts', () => {
  test('are a file each, or a row each', async () => {
    const files = given({ 'a.txt': 'one\ntwo\n', 'b.json': ['three', 'four'] });
    expect(await readTexts(files)).toEqual([
      { name: 'a.txt', text: 'one\ntwo\n' },
      { name: '"b.json", row 1', text: 'three' },
      { name: '"b.json", row 2', text: 'four' },
    ]);
  });

  test('name the row that has none', async () => {
    await expect(readTexts(given({ 'a.json': [{ a: 1, b: 2 }] }))).rejects.toThrow(
      '"a.json", row 1 has no text',
    );
  });
});
