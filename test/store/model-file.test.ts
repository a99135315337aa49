import { expect, test } from 'vitest';
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { gather, onnxAmong, type NamedBlob } from '../../src/store/model-file.ts';

const named = (path: string, content: Blob | string = path): NamedBlob => ({
  path,
  blob: typeof content === 'string' ? new Blob([content]) : content,
});

const split = writeOnnx(
  model(
    graph({
      nodes: [node('Add', ['X', 'W'], ['Y'])],
      inputs: [value('X', 'float32', [2048])],
      outputs: [value('Y', 'float32', [2048])],
      initializers: [makeTensor('W', 'float32', [2048], new Float32Array(2048))],
    }),
  ),
  { external: { location: 'model.onnx_data' } },
);
const data = split.external.get('model.onnx_data') as Blob;

test('the model nearest to the top of a folder comes first', () => {
  const files = [
    named('m/onnx/model_q4.onnx'),
    named('m/readme.md'),
    named('m/onnx/model.onnx'),
    named('m/a.onnx'),
  ];
  expect(onnxAmong(files).map(({ path }) => path)).toEqual([
    'm/a.onnx',
    'm/onnx/model.onnx',
    'm/onnx/model_q4.onnx',
  ]);
});

test('no model among the files is an error that says what to open', () => {
  expect(() => onnxAmong([])).toThrow(/no file.*Open an \.onnx file/);
  expect(() => onnxAmong([named('a.txt'), named('b.txt')])).toThrow(
    /no \.onnx file among 2 files \("a\.txt", "b\.txt"\)/,
  );
  expect(onnxAmong([named('weights.bin')])).toHaveLength(1);
  expect(() => onnxAmong([named('a/model.SafeTensors')])).toThrow(
    /"model\.SafeTensors" is a safetensors file: weights without.*export the model as \.onnx/,
  );
  expect(() => onnxAmong([named('notes.txt'), named('tiny.gguf')])).toThrow(/for llama\.cpp/);
  // Beside an ONNX model it is no reason to stop.
  expect(onnxAmong([named('model.pt'), named('model.onnx')])).toHaveLength(1);
});

test('a folder gives the model, its external data and its companions', async () => {
  const files = [
    named('m/onnx/model.onnx', split.onnx),
    named('m/onnx/model.onnx_data', data),
    named('m/config.json'),
    named('m/.git/config.json'),
    named('m/picture.png'),
  ];
  const file = await gather(files[0] as NamedBlob, files);
  expect(file.name).toBe('m');
  expect(file.external.get('model.onnx_data')).toBe(data);
  expect([...file.extras.keys()]).toEqual(['m/config.json']);
});

test('files dropped one by one find each other by name', async () => {
  const file = await gather(named('model.onnx', split.onnx), [
    named('model.onnx', split.onnx),
    named('model.onnx_data', data),
  ]);
  expect(file.external.get('model.onnx_data')).toBe(data);
});

test('configuration, tokenizer, labels and samples come along; other weights do not', async () => {
  const model = named('m/model.onnx', split.onnx);
  const kept = [
    'm/config.json',
    'm/merges.txt',
    'm/chat_template.jinja',
    'm/tok512.bin',
    'm/classes.tsv',
    'm/LICENSE',
    'm/test_data_set_0/input_0.pb',
  ];
  const left = ['m/.gitattributes', 'm/.cache/config.json', 'm/model.safetensors', 'm/photo.psd'];
  const weights = named('m/pytorch_model.bin', new Blob([new Uint8Array(16_000_001)]));
  const files = [model, named('m/model.onnx_data', data), weights];
  const { extras } = await gather(model, [
    ...files,
    ...[...kept, ...left].map((path) => named(path)),
  ]);
  expect([...extras.keys()]).toEqual(kept);
});
