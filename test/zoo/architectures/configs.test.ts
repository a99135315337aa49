/** What transformers.js does with the files and the graphs: the contract that the page's views rely on. */
import {
  LlamaForCausalLM,
  PretrainedConfig,
  RawImage,
  Tensor,
  ViTForImageClassification,
  ViTImageProcessor,
} from '@huggingface/transformers';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { decoderFiles, imageClassifierFiles } from '../../../src/zoo/architectures/configs.ts';
import { convolutional } from '../../../src/zoo/architectures/convolutional.ts';
import { cachedDecoder, trainingDecoder } from '../../../src/zoo/architectures/decoder.ts';
import { runModel } from '../../onnxruntime.ts';

async function sessionOf(model: Model) {
  const bytes = new Uint8Array(await writeOnnx(model).onnx.arrayBuffer());
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  return Object.assign(session, { config: { dtype: 'fp32', device: 'cpu' } });
}

const jsonOf = (files: ReadonlyMap<string, string>, path: string) =>
  JSON.parse(files.get(path)!) as Record<string, unknown>;

test('a decoder generates what its logits say is likeliest', async () => {
  const sizes = {
    vocabulary: 40,
    width: 24,
    layers: 2,
    heads: 6,
    keyValueHeads: 2,
    hidden: 64,
    theta: 10_000,
    epsilon: 1e-5,
  };
  const random = createRandom(5);
  const files = decoderFiles(sizes, { end: 39, context: 64 });
  const model = new LlamaForCausalLM(
    new PretrainedConfig(jsonOf(files, 'config.json')),
    { model: await sessionOf(cachedDecoder(sizes, random)) },
    { generation_config: jsonOf(files, 'generation_config.json') },
  );
  const prompt = [3, 14, 15];
  const output = (await model.generate({
    inputs: new Tensor('int64', BigInt64Array.from(prompt, BigInt), [1, 3]),
    max_new_tokens: 6,
    do_sample: false,
  })) as Tensor;
  const found = Array.from(output.data as BigInt64Array, Number);

  const expected = [...prompt];
  while (expected.length < 9 && expected.at(-1) !== 39) {
    const { length } = expected;
    const whole = trainingDecoder(sizes, { batch: 1, sequence: length }, random);
    const ids = new ort.Tensor('int64', BigInt64Array.from(expected, BigInt), [1, length]);
    const { logits } = await runModel(whole, { input_ids: ids });
    const last = (logits!.data as Float32Array).slice(-40);
    expected.push(last.indexOf(Math.max(...last)));
  }
  expect(found).toEqual(expected);
});

test('an image classifier is fed standardized gray pixels', async () => {
  const files = imageClassifierFiles({
    labels: ['no', 'yes'],
    side: 28,
    channels: 1,
    mean: 0.1307,
    deviation: 0.3081,
  });
  const config = jsonOf(files, 'config.json');
  expect(config).toMatchObject({ id2label: { 0: 'no', 1: 'yes' }, label2id: { no: 0, yes: 1 } });
  const processor = new ViTImageProcessor(jsonOf(files, 'preprocessor_config.json'));
  const image = new RawImage(new Uint8ClampedArray(784).fill(255), 28, 28, 1);
  const inputs = (await processor([image])) as { pixel_values: Tensor };
  expect(inputs.pixel_values.dims).toEqual([1, 1, 28, 28]);
  expect((inputs.pixel_values.data as Float32Array)[0]).toBeCloseTo(2.8215, 3);

  const session = await sessionOf(convolutional('batch', createRandom(1)));
  const model = new ViTForImageClassification(new PretrainedConfig(config), { model: session }, {});
  const { logits } = (await model(inputs)) as { logits: Tensor };
  expect(logits.dims).toEqual([1, 10]);
});
