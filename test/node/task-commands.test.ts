/** `run`, `eval`, `compare --task` and `export`, on the embedded models. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { main, type ExitCode } from '../../src/node/cli.ts';
import { put, temporaryFolder, twoLayers } from './small-models.ts';

const models = fileURLToPath(new URL('../../public/models/', import.meta.url));
const sentiment = `${models}sentiment`;
const storyteller = `${models}storyteller`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(() => folder.remove());
const at = (...names: string[]): string => join(folder.path, ...names);

interface Result {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

async function scrunch(...words: string[]): Promise<Result> {
  const out = { stdout: '', stderr: '' };
  const code = await main([...words, '--quiet'], {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: { write: (text) => (out.stderr += text) },
    signal: new AbortController().signal,
    cwd: folder.path,
  });
  return { code, ...out };
}

async function json<T>(...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await scrunch(...words, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

interface Answers<Answer> {
  readonly task: string;
  readonly because: string;
  readonly answers: readonly { model: string; input: string; answer: Answer; chunks: number }[];
}

describe('run', () => {
  test('finds the task, and answers every input with every model', async () => {
    const good = 'a gripping , funny and deeply moving film .';
    const bad = 'a dull , lifeless and tedious mess .';
    type Classes = Answers<{ probabilities: number[] }>;
    const { task, because, answers } = await json<Classes>(
      ...['run', sentiment, join(sentiment, 'onnx', 'model.onnx'), '-i', good, '-i', bad],
    );
    expect(task).toBe('text-classification');
    expect(because).toContain('config.json names');
    expect(answers.map(({ input }) => input)).toEqual([good, bad, good, bad]);
    const positive = answers.map(({ answer }) => answer.probabilities[1]!);
    expect(positive[0]).toBeGreaterThan(0.9);
    expect(positive[1]).toBeLessThan(0.1);
    expect(positive.slice(2)).toEqual(positive.slice(0, 2));
  });

  test('for people: task, answer and time', async () => {
    const { stdout } = await scrunch('run', sentiment, '-i', 'a joy .');
    expect(stdout).toMatch(/^Task: Text classification \(.*\)\n\n.*sentiment: a joy \.\n/);
    expect(stdout).toMatch(/\n\(\d+\.\d ms\)\n$/);
  });

  test('an input may be a file', async () => {
    await writeFile(at('review.txt'), 'a joy .');
    const said = await json<Answers<unknown>>('run', sentiment, '-i', 'a joy .');
    const read = await json<Answers<unknown>>('run', sentiment, '-i', 'review.txt');
    expect(read.answers[0]).toMatchObject({ input: 'review.txt', answer: said.answers[0]!.answer });
  });

  test('writes as many tokens as asked for, the same for the same seed', async () => {
    type Text = Answers<{ text: string; tokens: { id: number }[]; last: string }>;
    const write = async (...flags: string[]): Promise<Text['answers'][0]['answer'][]> => {
      const words = ['run', storyteller, '--tokens', '12', '-i', 'The captain', ...flags];
      return (await json<Text>(...words)).answers.map(({ answer }) => answer);
    };
    const [greedy] = await write();
    expect(greedy).toMatchObject({ last: 'limit' });
    expect(greedy?.tokens).toHaveLength(12);
    const twice = ['-i', 'The captain', '--temperature', '1.5', '--seed'];
    const [sampled, again] = await write(...twice, '3');
    expect(again).toEqual(sampled);
    const [other] = await write(...twice, '4');
    expect(other?.text).not.toBe(sampled?.text);
    expect(sampled?.text).not.toBe(greedy?.text);
    // So cold that the likeliest is all there is.
    expect((await write('--temperature', '0.001'))[0]?.text).toBe(greedy?.text);
  }, 30_000);

  test('any other model takes numbers, and JSON has its outputs as arrays', async () => {
    await put(folder.path, 'm.onnx', twoLayers());
    type Tensors = Answers<{ outputs: { Y: { dims: number[]; data: number[] } } }>;
    const { task, answers } = await json<Tensors>('run', 'm.onnx');
    expect(task).toBe('tensors');
    const { dims, data } = answers[0]!.answer.outputs.Y;
    expect(dims.at(-1)).toBe(16);
    expect(data).toHaveLength(dims.reduce((a, b) => a * b, 1));
    // There are no biases: nothing in, nothing out.
    await writeFile(at('x.json'), JSON.stringify({ X: [new Array(64).fill(0)] }));
    const zero = await json<Tensors>('run', 'm.onnx', '-i', 'x.json');
    expect(zero.answers[0]!.answer.outputs.Y.data).toEqual(new Array(16).fill(0));
  });
});

describe('eval', () => {
  const rows = [
    'sentence\tlabel',
    'a gripping , funny and deeply moving film .\t1',
    'a dull , lifeless and tedious mess .\t0',
    'a beautiful , touching story .\t1',
    // Said to be good, to have one that the model gets wrong.
    'unbearably bad and boring .\t1',
  ];
  interface Evaluated {
    readonly task: string;
    readonly samples: number;
    readonly figures: { accuracy: { value: number; n: number; interval: [number, number] } };
    readonly latency: { p50: number; n: number };
  }

  test('accuracy with its interval', async () => {
    await writeFile(at('rows.tsv'), `${rows.join('\n')}\n`);
    const result = await json<Evaluated>('eval', sentiment, '--data', 'rows.tsv');
    expect(result).toMatchObject({
      task: 'text-classification',
      samples: 4,
      figures: { accuracy: { value: 0.75, n: 4 } },
      latency: { n: 4 },
    });
    // Wilson's interval of 3 in 4.
    const [low, high] = result.figures.accuracy.interval;
    expect([low, high].map((end) => Number(end.toFixed(4)))).toEqual([0.3006, 0.9544]);
    const limited = await json<Evaluated>('eval', sentiment, '--data', 'rows.tsv', '--limit', '3');
    expect(limited).toMatchObject({ samples: 3, figures: { accuracy: { value: 1 } } });
    const { stdout } = await scrunch('eval', sentiment, '--data', 'rows.tsv');
    expect(stdout).toMatch(
      /4 examples\n {2}right answers {2}75\.00 % {2}95 %: 30\.06 % to 95\.44 %/,
    );
  });

  test('compare --data: each on its own, and against the original', async () => {
    await writeFile(at('rows.tsv'), `${rows.join('\n')}\n`);
    await scrunch('compress', join(sentiment, 'onnx/model.onnx'), '-r', 'int4', '-o', 'small.onnx');
    const words = ['compare', sentiment, 'small.onnx', '--data', 'rows.tsv'];
    interface Compared {
      readonly sizes: { original: number; compressed: number };
      readonly quality: Record<
        'original' | 'compressed' | 'between',
        Record<string, { value: number }>
      >;
      readonly latency: { original: { n: number }; compressed: { n: number } };
    }
    const { sizes, quality, latency } = await json<Compared>(...words);
    expect(sizes.compressed).toBeLessThan(0.3 * sizes.original);
    expect(quality.original).toMatchObject({ accuracy: { value: 0.75 } });
    expect(quality.compressed).toHaveProperty('accuracy');
    expect(quality.between['kl']?.value).toBeGreaterThan(0);
    expect(latency).toMatchObject({ original: { n: 4 }, compressed: { n: 4 } });
    const { stdout } = await scrunch(...words);
    expect(stdout).toMatch(/\nB against A\n {2}same answer as the original +\d/);
    expect(stdout).toMatch(/\nPaired\n {2}right answers, B − A +\S/);
    expect(stdout).toMatch(/McNemar’s test, mid-p +\S+ +exact/);
    const same = await json<Compared>('compare', sentiment, sentiment, '--data', 'rows.tsv');
    expect(same.quality).toMatchObject({
      between: { agreement: { value: 1 }, kl: { value: 0 } },
      changes: { accuracy: { kind: 'difference', value: 0 } },
      choices: { decisions: 4, test: { lost: 0, won: 0, p: 1 } },
      divergence: { max: 0 },
    });
  });

  test('compare --task: on the examples that the task has', async () => {
    const words = ['compare', sentiment, sentiment, '--task', 'text-classification'];
    expect(await json(...words)).toMatchObject({
      inputs: 'the task’s own examples',
      quality: { original: {}, between: { agreement: { value: 1 } } },
    });
  });
});

describe('export', () => {
  test('a folder with recipe and report, named as transformers.js wants it', async () => {
    interface Exported {
      readonly dtype: string;
      readonly files: readonly string[];
      readonly notes: readonly string[];
    }
    const { dtype, files, notes } = await json<Exported>(
      ...['export', sentiment, '--recipe', 'int8', '-o', 'out'],
    );
    expect({ dtype, notes }).toEqual({ dtype: 'q8', notes: [] });
    expect([...files].sort()).toEqual([
      'README.md',
      'config.json',
      'onnx/model_quantized.onnx',
      'recipe.json',
      'report.html',
      'report.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const report = JSON.parse(await readFile(at('out', 'report.json'), 'utf8')) as object;
    expect(report).toMatchObject({
      name: 'out',
      original: { name: 'model.onnx' },
      steps: [{ step: { technique: 'quantize-block' } }],
      latency: { how: expect.any(String) as string },
    });
    expect(await readdir(at('out', 'onnx'))).toEqual(['model_quantized.onnx']);
    // The folder is a model that opens here as well, with its task.
    const { stdout } = await scrunch('run', 'out', '-i', 'a joy .');
    expect(stdout).toContain('Task: Text classification');
  });

  test('what was compressed before takes the files beside its original along', async () => {
    await scrunch('compress', sentiment, '-r', 'int4', '-o', 'model_q4.onnx');
    await writeFile(at('letter.txt'), 'not part of the model');
    const words = ['export', 'model_q4.onnx', '-o', 'out'];
    const alone = await json<{ files: string[]; notes: string[] }>(...words);
    expect(alone.files).toEqual(['onnx/model_q4.onnx', 'README.md']);
    expect(alone.notes[0]).toContain('no config.json');
    const whole = await json<{ files: string[]; notes: string[]; dtype: string }>(
      ...['export', 'model_q4.onnx', '-o', 'whole', '--original', sentiment],
    );
    expect(whole).toMatchObject({ dtype: 'q4', notes: [] });
    expect(whole.files).toContain('tokenizer.json');
    expect(whole.files[0]).toBe('onnx/model_q4.onnx');
  });

  test('one file, with the weights inside', async () => {
    const path = await put(folder.path, 'm.onnx', twoLayers(), {
      external: { location: 'w.bin', threshold: 1024 },
    });
    expect((await readFile(path)).length).toBeLessThan(10_000);
    expect((await scrunch('export', 'm.onnx', '-o', 'single.onnx')).code).toBe(0);
    expect(await readdir(folder.path)).toEqual(['m.onnx', 'single.onnx', 'w.bin']);
    const inside = new Uint8Array(await writeOnnx(twoLayers()).onnx.arrayBuffer());
    expect((await readFile(at('single.onnx'))).length).toBeCloseTo(inside.length, -3);
    const run = await json<Answers<unknown>>('run', 'm.onnx');
    const again = await json<Answers<unknown>>('run', 'single.onnx');
    expect(again.answers[0]!.answer).toEqual(run.answers[0]!.answer);
  });
});

describe('what goes wrong is said, with a remedy', () => {
  test.each<[words: string[], code: ExitCode, message: RegExp]>([
    [['run'], 2, /MODEL is missing/],
    [['run', 'm.onnx', '--task', 'tensor'], 2, /no task "tensor".*Did you mean "tensors"/],
    [['run', 'm.onnx', '--task', 'digits'], 1, /can't be used for .*digits/i],
    [['run', 'm.onnx', '-i', 'hello'], 1, /Give the inputs as a \.npy, \.npz, \.json or \.pb file/],
    [['run', sentiment, '--tokens', '5', '-i', 'x'], 2, /--tokens is for models that write/],
    [['run', storyteller, '--seed', '5', '-i', 'x'], 2, /--seed has no effect without --temp/],
    [['run', storyteller, '--temperature', '0', '-i', 'x'], 2, /give a number above 0/],
    [['eval', sentiment], 2, /--data FILE is missing/],
    [['eval', sentiment, '--data', 'gone.tsv'], 2, /There is no "\/.*gone\.tsv".*Check the path/],
    [['eval', sentiment, '--data', 'plain.txt'], 2, /no right answers .*compare A B --data/],
    [['eval', sentiment, '--data', 'empty.tsv'], 1, /empty\.tsv/],
    [['eval', sentiment, '--data', 'plain.txt', '--limit', '0'], 2, /whole number from 1/],
    [
      ['compare', sentiment, sentiment, '--data', 'plain.txt', '--runs', '3'],
      2,
      /--runs is for ra/,
    ],
    [['export', 'm.onnx'], 2, /--out OUT is missing/],
    [['export', 'm.onnx', '-o', 'full'], 2, /full" holds files already\. Name a new one/],
    [['export', 'm.onnx', '-o', 'plain.txt'], 2, /is a file\. Name a new folder/],
    [['export', 'split.onnx', '-o', 'split.onnx'], 1, /belongs to the model that is being read/],
    [['export', 'm.onnx', '-r', 'int44', '-o', 'x'], 2, /Did you mean "int4"/],
    [
      ['export', 'm.onnx', '-r', 'int4', '--original', 'm.onnx', '-o', 'x'],
      2,
      /leave out --recipe/,
    ],
  ])('%s', async (words, code, message) => {
    await put(folder.path, 'm.onnx', twoLayers());
    const external = { location: 'w.bin', threshold: 1024 };
    await put(folder.path, 'split.onnx', twoLayers(), { external });
    await writeFile(at('plain.txt'), 'a joy .\nnot a joy .\n');
    await writeFile(at('empty.tsv'), '');
    await mkdir(at('full'));
    await writeFile(at('full', 'a'), 'a');
    const before = await readdir(folder.path);
    const result = await scrunch(...words);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/should not happen/);
    expect(await readdir(folder.path)).toEqual(before);
  });
});
