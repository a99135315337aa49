import { describe, expect, test } from 'vitest';

import type { Recipe } from '../../../src/core/compress/recipe.ts';
import { exportFolder, exportSingle } from '../../../src/core/export/layout.ts';
import { pipelineOf } from '../../../src/core/export/readme.ts';
import { loadFloats } from '../../../src/core/onnx/tensor.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import type { ModelFiles } from '../../../src/core/runtime.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { twoLayers, waves } from '../../node/small-models.ts';

const whole = writeOnnx(twoLayers());
const split = writeOnnx(twoLayers(), { external: { location: 'other.bin' } });
const int4: Recipe = {
  version: 1,
  seed: 0,
  steps: [{ technique: 'quantize-block', options: { bits: 4 } }],
};

const texts = (files: Record<string, string>): Map<string, Blob> =>
  new Map(Object.entries(files).map(([path, text]) => [path, new Blob([text])]));

const config = { architectures: ['BertForSequenceClassification'], model_type: 'bert' };
const beside = (more: Record<string, string> = {}, root = ''): Map<string, Blob> =>
  texts({
    [`${root}config.json`]: JSON.stringify(config),
    [`${root}tokenizer.json`]: '{}',
    ...more,
  });

const exported = (
  companions: Map<string, Blob>,
  model: ModelFiles = whole,
  from = 'model.onnx',
  recipe = int4,
) => exportFolder({ model, name: 'small', from, companions, recipe });

const configOf = async (files: ReadonlyMap<string, Blob>) =>
  JSON.parse((await files.get('config.json')?.text()) ?? '') as Record<string, unknown>;

describe('the folder', () => {
  test('has the names that transformers.js looks for', async () => {
    const { files, notes } = await exported(beside());
    expect([...files.keys()]).toEqual([
      'onnx/model_q4.onnx',
      'config.json',
      'tokenizer.json',
      'recipe.json',
      'README.md',
    ]);
    expect(notes).toEqual([]);
    expect(await configOf(files)).toEqual({ ...config, 'transformers.js_config': { dtype: 'q4' } });
    expect(JSON.parse((await files.get('recipe.json')?.text()) ?? '')).toEqual(int4);
  });

  test('names its external data after the model, and counts it', async () => {
    const { files } = await exported(beside(), split);
    expect([...files.keys()].slice(0, 2)).toEqual([
      'onnx/model_q4.onnx',
      'onnx/model_q4.onnx_data',
    ]);
    expect((await configOf(files))['transformers.js_config']).toEqual({
      dtype: 'q4',
      use_external_data_format: { 'model_q4.onnx': 1 },
    });
    const onnx = files.get('onnx/model_q4.onnx');
    const data = files.get('onnx/model_q4.onnx_data');
    const external = new Map([['model_q4.onnx_data', data!]]);
    const back = await readOnnx({ onnx: onnx!, external });
    const [weights] = back.graph.initializers;
    expect(await loadFloats(weights!)).toEqual(waves(64 * 128));
  });

  test('keeps what else the configuration says, but for what would win over the new file', async () => {
    const given = {
      ...config,
      'transformers.js_config': {
        dtype: 'fp16',
        kv_cache_dtype: { q4f16: 'float16' },
        use_external_data_format: { 'model_q4.onnx': 3, 'model_fp16.onnx': 2 },
        device_config: { webgpu: { dtype: 'q4f16', free_dimension_overrides: { batch: 1 } } },
      },
    };
    const files = texts({ 'config.json': JSON.stringify(given), 'tokenizer.json': '{}' });
    expect((await configOf((await exported(files)).files))['transformers.js_config']).toEqual({
      dtype: 'q4',
      kv_cache_dtype: { q4f16: 'float16' },
      device_config: { webgpu: { free_dimension_overrides: { batch: 1 } } },
    });
  });

  test('of one part of a model says so, and names that part alone', async () => {
    const { files, notes } = await exported(beside(), whole, 'onnx/encoder_model.onnx');
    expect([...files.keys()][0]).toBe('onnx/encoder_model_q4.onnx');
    expect((await configOf(files))['transformers.js_config']).toEqual({
      dtype: { encoder_model: 'q4' },
    });
    expect(notes).toEqual([expect.stringContaining('the encoder_model alone')]);
  });

  test.each([
    [{ 'tokenizer.json': '{}' }, 'no config.json'],
    [{ 'config.json': '[1]', 'tokenizer.json': '{}' }, 'no config.json'],
    [{ 'config.json': '{not json', 'tokenizer.json': '{}' }, 'no config.json'],
    [{ 'config.json': '{}' }, 'neither a tokenizer nor a preprocessor'],
  ])('says what is missing: %j', async (files, words) => {
    const { notes } = await exported(texts(files));
    expect(notes).toEqual([expect.stringContaining(words)]);
  });
});

describe('what goes along', () => {
  const pathsOf = async (companions: Map<string, Blob>) =>
    [...(await exported(companions)).files.keys()].filter(
      (path) => !/^(onnx\/|README\.md$|recipe\.json$)/.test(path),
    );

  test('the folder that a model was opened in becomes the root', async () => {
    const more = { 'bert/1_Pooling/config.json': '{}', 'bert/LICENSE': 'MIT' };
    expect(await pathsOf(beside(more, 'bert/'))).toEqual(
      ['bert/LICENSE', 'config.json', 'tokenizer.json', '1_Pooling/config.json'].map((path) =>
        path.replace('bert/', ''),
      ),
    );
  });

  test('a README keeps its words under another name', async () => {
    const { files } = await exported(beside({ 'README.md': '# BERT, Apache 2.0' }));
    expect(await files.get('README-original.md')?.text()).toBe('# BERT, Apache 2.0');
    expect(await files.get('README.md')?.text()).toContain(
      "pipeline('text-classification', 'small')",
    );
  });

  test('Scrunch’s own files, other models and old reports stay behind', async () => {
    const own = [
      'samples.json',
      'samples_input_ids.npy',
      'card.json',
      'trace.json',
      'report.html',
      'test_data_set_0/input_0.pb',
      'speech.wav',
    ];
    const models = ['onnx/model_fp16.onnx', 'onnx/model.onnx_data', 'onnx/model.onnx_data_1'];
    const more = Object.fromEntries([...own, ...models].map((path) => [path, 'x']));
    expect(await pathsOf(beside(more))).toEqual(['config.json', 'tokenizer.json']);
  });

  test.each([
    '../outside.txt',
    '/etc/passwd',
    'a/../../b.txt',
    'C:\\x.txt',
    '.env',
    'a//b',
    'x\u0000y',
  ])('a path that leads elsewhere does not: %j', async (path) => {
    expect(await pathsOf(beside({ [path]: 'x' }))).toEqual(['config.json', 'tokenizer.json']);
  });
});

describe('a README', () => {
  test.each([
    ['BertForSequenceClassification', true, 'text-classification'],
    ['WhisperForConditionalGeneration', true, 'automatic-speech-recognition'],
    ['T5ForConditionalGeneration', true, 'text2text-generation'],
    ['DistilBertModel', true, 'feature-extraction'],
    ['ViTModel', false, 'image-feature-extraction'],
    ['ViTForImageClassification', false, 'image-classification'],
    ['GPT2LMHeadModel', true, 'text-generation'],
    ['Something', true, undefined],
    [7, true, undefined],
  ])('%s, tokenizer %s: %s', (architecture, hasTokenizer, task) => {
    expect(pipelineOf({ architectures: [architecture] }, hasTokenizer)?.task).toBe(task);
  });

  test('is not written by the name of a model', async () => {
    const { files } = await exportFolder({
      model: whole,
      name: "x`'); evil('](http://a)\n# Hi <b>",
      companions: beside(),
    });
    const text = (await files.get('README.md')?.text()) ?? '';
    expect(text).not.toMatch(/evil\('|\]\(|<b>|^# Hi/m);
    expect(text.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(1);
  });
});

describe('a single file', () => {
  test('has all weights inside', async () => {
    const back = await readOnnx({ onnx: await exportSingle(split), external: new Map() });
    expect(await loadFloats(back.graph.initializers[0]!)).toEqual(waves(64 * 128));
  });

  test('is the file itself where it is one already', async () => {
    expect(await exportSingle(whole)).toBe(whole.onnx);
  });

  test('of 2 GB or more is refused in words', async () => {
    const huge = new Map([['w', { size: 2 ** 31 } as Blob]]);
    await expect(exportSingle({ onnx: whole.onnx, external: huge })).rejects.toThrow(
      /holds up to 2 GB, and this model has 2\.15 GB\. Export it as a folder/,
    );
  });
});
