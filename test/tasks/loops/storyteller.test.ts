/** Our loops against transformers.js, unmodified, on the embedded storyteller. */
import { fileURLToPath } from 'node:url';

import {
  env,
  LlamaForCausalLM,
  pipeline,
  type PretrainedConfig,
  Tensor,
  type TextGenerationPipeline,
} from '@huggingface/transformers';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { generate } from '../../../src/tasks/loops/generate.ts';
import type { GenerateRequest } from '../../../src/tasks/loops/loop.ts';
import { score } from '../../../src/tasks/loops/score.ts';
import type { OpenLoopSession } from '../../../src/tasks/loops/session.ts';
import { all, openLoop } from './models.ts';

vi.setConfig({ testTimeout: 60_000 });

const models = fileURLToPath(new URL('../../../public/models/', import.meta.url));
const onnx = `${models}storyteller/onnx/model.onnx`;
const prompts = ['Once upon a time', 'The king', 'Lily was sad because', 'x'];
const end = 0;

let theirs: TextGenerationPipeline;
let session: OpenLoopSession;
beforeAll(async () => {
  env.localModelPath = models;
  env.allowRemoteModels = false;
  theirs = await pipeline('text-generation', 'storyteller', { dtype: 'fp32' });
  session = await openLoop(onnx);
}, 60_000);
afterAll(async () => {
  await theirs.dispose();
  await session.release();
});

const greedy = (
  prompt: readonly number[],
  more: Partial<GenerateRequest> = {},
): GenerateRequest => ({
  prompt,
  limit: 48,
  context: 256,
  ends: [end],
  candidates: 3,
  ...more,
});

/** What `generate` of transformers.js makes of the ids: the new ones. */
async function theirTokens(ids: readonly number[], more: object = {}): Promise<number[]> {
  const row = (numbers: readonly number[]): Tensor =>
    new Tensor('int64', BigInt64Array.from(numbers, BigInt), [1, numbers.length]);
  const made = (await theirs.model.generate({
    input_ids: row(ids),
    attention_mask: row(ids.map(() => 1)),
    max_new_tokens: 48,
    do_sample: false,
    ...more,
  })) as Tensor;
  return Array.from(made.data as BigInt64Array, Number).slice(ids.length);
}

describe.each(prompts)('"%s"', (prompt) => {
  test('writes what the pipeline of transformers.js writes', async () => {
    const ids = theirs.tokenizer.encode(prompt);
    const made = (await all(generate(session, greedy(ids)))).map(({ id }) => id);
    const [answer] = (await theirs(prompt, { max_new_tokens: 48, do_sample: false })) as [
      { generated_text: string },
    ];
    const ours = theirs.tokenizer.decode([...ids, ...made], { skip_special_tokens: true });
    expect(ours).toBe(answer.generated_text);
  });

  test('writes the tokens that its model writes after the mark that begins a text', async () => {
    const ids = theirs.tokenizer.encode(prompt);
    const made = (await all(generate(session, greedy(ids)))).map(({ id }) => id);
    expect(made).toEqual(await theirTokens(ids));
  });

  test('repeats itself as little as transformers.js does under a penalty', async () => {
    const ids = theirs.tokenizer.encode(prompt);
    const request = greedy(ids, { repetitionPenalty: 1.3 });
    const made = (await all(generate(session, request))).map(({ id }) => id);
    expect(made).toEqual(await theirTokens(ids, { repetition_penalty: 1.3 }));
    expect(made).not.toEqual(await theirTokens(ids));
  });
});

test('transformers.js generates the same with our kind of session in its own class', async () => {
  // The constructor is public in JavaScript and not documented: this pins it.
  const own = await ort.InferenceSession.create(onnx);
  Object.assign(own, { config: { dtype: 'float32', device: 'cpu' } });
  const { config, generation_config } = theirs.model as unknown as {
    config: PretrainedConfig;
    generation_config: object;
  };
  const Model = LlamaForCausalLM as unknown as new (
    config: PretrainedConfig,
    sessions: object,
    configs: object,
  ) => { generate(options: object): Promise<Tensor> };
  const model = new Model(config, { model: own }, { generation_config });
  const ids = theirs.tokenizer.encode('Once upon a time');
  const { input_ids, attention_mask } = theirs.tokenizer('Once upon a time') as Record<
    string,
    Tensor
  >;
  const made = await model.generate({ input_ids, attention_mask, max_new_tokens: 24 });
  const wanted = (await theirTokens(ids)).slice(0, 24);
  expect(Array.from(made.data as BigInt64Array, Number).slice(ids.length)).toEqual(wanted);
  await own.release();
});

describe('scores', () => {
  /** The text with what follows it, and one run of a bare session over all of it. */
  async function bare(ids: readonly number[]): Promise<{ logits: Float32Array; width: number }> {
    const own = await ort.InferenceSession.create(onnx);
    const row = (numbers: readonly number[]): ort.Tensor =>
      new ort.Tensor('int64', BigInt64Array.from(numbers, BigInt), [1, numbers.length]);
    const feeds: Record<string, ort.Tensor> = {
      input_ids: row(ids),
      attention_mask: row(ids.map(() => 1)),
      position_ids: row([...ids.keys()]),
    };
    for (const name of own.inputNames.filter((input) => input.startsWith('past'))) {
      feeds[name] = new ort.Tensor('float32', new Float32Array(0), [1, 2, 0, 32]);
    }
    const { logits } = await own.run(feeds);
    await own.release();
    return { logits: logits?.data as Float32Array, width: logits?.dims[2] ?? 0 };
  }

  test('are the log-softmax of one plain run, and the ranks in it', async () => {
    const ids = theirs.tokenizer.encode(
      'Once upon a time there was a little girl. The end of the king.',
    );
    const { logits, width } = await bare(ids);
    const chunks = await all(score(session, { ids, from: 3, context: 256, candidates: 2 }));
    expect(chunks.map(({ id }) => id)).toEqual(ids.slice(3));
    const rows = ids.slice(3).map((id, index) => {
      const row = Array.from(logits.slice((index + 2) * width, (index + 3) * width));
      const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
      const order = [...row.keys()].sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
      return {
        id,
        logProbability: (row[id] ?? 0) - Math.log(total),
        rank: order.indexOf(id),
        order,
      };
    });
    const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
    expect(sum(chunks.map(({ probability }) => Math.log(probability)))).toBeCloseTo(
      sum(rows.map(({ logProbability }) => logProbability)),
      3,
    );
    expect(chunks.map(({ rank }) => rank)).toEqual(rows.map(({ rank }) => rank));
    expect(chunks.map(({ candidates }) => candidates.map(({ id }) => id))).toEqual(
      rows.map(({ order }) => order.slice(0, 2)),
    );
  });

  test('of a text that it wrote are the probabilities that it wrote it with', async () => {
    const prompt = theirs.tokenizer.encode('The king');
    const written = await all(generate(session, greedy(prompt, { limit: 20, ends: [] })));
    const ids = [...prompt, ...written.map(({ id }) => id)];
    const request = { ids, from: prompt.length, context: 256, candidates: 1 };
    const scored = await all(score(session, request));
    expect(scored.map(({ rank }) => rank)).toEqual(scored.map(() => 0));
    scored.forEach(({ probability }, index) => {
      expect(probability).toBeCloseTo(written[index]?.probability ?? 0, 4);
    });
  });
});
