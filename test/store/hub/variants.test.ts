import { expect, test } from 'vitest';
import { nameParts, variantsIn } from '../../../src/store/hub/variants.ts';

const repository = (sizes: Readonly<Record<string, number>>) => ({
  host: 'https://huggingface.co',
  repo: 'owner/name',
  files: Object.entries(sizes).map(([path, bytes]) => ({ path, bytes, url: `https://x/${path}` })),
});

test.each([
  // The suffixes of transformers.js.
  ['onnx/model.onnx', 'model', 'fp32'],
  ['onnx/model_fp16.onnx', 'model', 'fp16'],
  ['onnx/model_quantized.onnx', 'model', 'q8'],
  ['onnx/model_int8.onnx', 'model', 'int8'],
  ['onnx/model_uint8.onnx', 'model', 'uint8'],
  ['onnx/model_q4f16.onnx', 'model', 'q4f16'],
  ['onnx/model_bnb4.onnx', 'model', 'bnb4'],
  ['onnx/decoder_model_merged_q4.onnx', 'decoder_model_merged', 'q4'],
  // Names that other exporters give.
  ['onnx/model_qint8_avx512_vnni.onnx', 'model_qint8_avx512_vnni', 'int8'],
  ['model_quint8_avx2.onnx', 'model_quint8_avx2', 'uint8'],
  ['model_O4.onnx', 'model_O4', 'fp32'],
  ['_q4.onnx', '_q4', 'q4'],
])('%s is component %s in %s', (path, component, dtype) => {
  expect(nameParts(path)).toEqual({ component, dtype });
});

test('a variant brings its weights and what lies beside all variants', () => {
  const found = variantsIn(
    repository({
      'README.md': 10,
      'config.json': 1,
      'tokenizer.json': 2,
      'model.safetensors': 1000,
      '1_Pooling/config.json': 3,
      '.gitattributes': 5,
      'onnx/model.onnx': 20,
      'onnx/model.onnx_data': 300,
      'onnx/model.onnx_data_1': 400,
      'onnx/model_q4.onnx': 30,
      'onnx/model_q4.onnx_data': 50,
      'other/config.json': 7,
    }),
  );
  expect(found.map(({ path, dtype, bytes }) => [path, dtype, bytes])).toEqual([
    ['onnx/model.onnx', 'fp32', 20 + 300 + 400 + 16],
    ['onnx/model_q4.onnx', 'q4', 30 + 50 + 16],
  ]);
  expect(found[0]?.external.map(({ path }) => path)).toEqual([
    'onnx/model.onnx_data',
    'onnx/model.onnx_data_1',
  ]);
  expect(found[1]?.companions.map(({ path }) => path)).toEqual([
    'README.md',
    'config.json',
    'tokenizer.json',
    '1_Pooling/config.json',
  ]);
});

test('parts of a model are offered each, the whole model first', () => {
  const found = variantsIn(
    repository({
      'onnx/decoder_model_merged_quantized.onnx': 1,
      'onnx/encoder_model.onnx': 1,
      'onnx/encoder_model_fp16.onnx': 1,
      'onnx/decoder_model_merged.onnx': 1,
      'onnx/model.onnx': 1,
    }),
  );
  expect(found.map(({ component, dtype }) => `${component} ${dtype}`)).toEqual([
    'model fp32',
    'decoder_model_merged fp32',
    'decoder_model_merged q8',
    'encoder_model fp32',
    'encoder_model fp16',
  ]);
});

test('a size that is not told leaves the sum open', () => {
  const files = [{ path: 'model.onnx', bytes: undefined, url: 'https://x/model.onnx' }];
  expect(variantsIn({ host: 'https://x', repo: 'o/n', files })[0]?.bytes).toBeUndefined();
});

test('without ONNX it says what there is instead and where to look', () => {
  const files = repository({ 'model.safetensors': 1, 'pytorch_model.bin': 1, 'config.json': 1 });
  expect(() => variantsIn(files)).toThrow(
    /"owner\/name" holds no ONNX model; its weights are \.safetensors, \.bin\..*onnx-community\/name-ONNX/,
  );
});
