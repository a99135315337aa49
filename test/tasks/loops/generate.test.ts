/** Writing and scoring against a plain reimplementation, in every form that exporters give such models. */
import { describe, expect, test, vi } from 'vitest';

import type { Model } from '../../../src/core/onnx/types.ts';
import type { HeldValue } from '../../../src/core/runtime.ts';
import { generate } from '../../../src/tasks/loops/generate.ts';
import type { GenerateRequest, LoopSession } from '../../../src/tasks/loops/loop.ts';
import { score } from '../../../src/tasks/loops/score.ts';
import { all, openLoop } from './models.ts';
import {
  plainLogits,
  plainTokens,
  smallLanguageModel,
  softmax,
  type Form,
} from './small-language-model.ts';

vi.setConfig({ testTimeout: 60_000 });

const prompt = [3, 1, 4];
const request = (more: Partial<GenerateRequest> = {}): GenerateRequest => ({
  prompt,
  limit: 12,
  context: 64,
  ends: [],
  candidates: 2,
  ...more,
});

async function written(model: Model, more: Partial<GenerateRequest> = {}, stateful = true) {
  const session = await openLoop(model, { stateful });
  try {
    return await all(generate(session, request(more)));
  } finally {
    await session.release();
  }
}

const every = ['attention_mask', 'token_type_ids'] as const;
const forms: Readonly<Record<string, Form>> = {
  'without a cache': {},
  'without a cache, 32-bit ids': { ids: 'int32', inputs: every },
  'exported for 20 tokens': { length: 20, inputs: every },
  'with a cache': { cache: 'float32', inputs: every },
  'with a cache and 32-bit ids': { cache: 'float32', ids: 'int32', inputs: every },
  'with a float16 cache and logits': { cache: 'float16', logits: 'float16', inputs: every },
  'merged of two branches': { cache: 'float32', inputs: [...every, 'use_cache_branch'] },
  'that gives as many logits as one asks for': { cache: 'float32', inputs: ['num_logits_to_keep'] },
  'whose logits have another name': { cache: 'float32', output: 'scores' },
};

describe.each(Object.entries(forms))('a model %s', (_, form) => {
  for (const stateful of [true, false]) {
    test(`writes what the formula says${stateful ? '' : ', on a runtime that can hold nothing'}`, async () => {
      const tokens = await written(smallLanguageModel(form), {}, stateful);
      expect(tokens.map(({ id }) => id)).toEqual(plainTokens(prompt, 12));
      expect(tokens[tokens.length - 1]?.last).toBe('limit');
    });
  }

  test('tells the probabilities of the formula', async () => {
    const tokens = await written(smallLanguageModel(form), { limit: 4 });
    const text = [...prompt];
    for (const { id, probability, candidates } of tokens) {
      const wanted = softmax(plainLogits(text));
      const digits = form.logits === 'float16' ? 2 : 5;
      expect(probability).toBeCloseTo(wanted[id] ?? NaN, digits);
      const order = [...wanted.keys()].sort((a, b) => (wanted[b] ?? 0) - (wanted[a] ?? 0));
      expect(candidates.map((candidate) => candidate.id)).toEqual(order.slice(0, 2));
      text.push(id);
    }
  });

  test('scores every token of a text as the formula does', async () => {
    const session = await openLoop(smallLanguageModel(form));
    const ids = [5, 0, 7, 7, 2, 10];
    const scored = await all(score(session, { ids, from: 2, context: 64, candidates: 1 }));
    await session.release();
    expect(scored.map(({ id }) => id)).toEqual(ids.slice(2));
    scored.forEach(({ id, probability, rank }, index) => {
      const wanted = softmax(plainLogits(ids.slice(0, index + 2)));
      const digits = form.logits === 'float16' ? 2 : 5;
      expect(probability).toBeCloseTo(wanted[id] ?? NaN, digits);
      expect(rank).toBe(wanted.filter((other) => other > (wanted[id] ?? NaN)).length);
    });
  });
});

describe('a model with an encoder', () => {
  const source = [2, 9, 4, 1];
  const more = { prompt: source, decoderStart: [1] };

  test.each<readonly [string, Form]>([
    ['', { encoder: true }],
    [' with its mask', { encoder: true, inputs: ['encoder_attention_mask'] }],
    [' with a cache', { encoder: true, cache: 'float32', inputs: ['encoder_attention_mask'] }],
  ])('writes what the formula says%s', async (_, form) => {
    const tokens = await written(smallLanguageModel(form), more);
    expect(tokens.map(({ id }) => id)).toEqual(plainTokens([1], 12, source));
    expect(plainTokens([1], 12, source)).not.toEqual(plainTokens([1], 12));
  });

  test('needs something to begin with, and is not scored', async () => {
    await expect(
      written(smallLanguageModel({ encoder: true }), { prompt: source }),
    ).rejects.toThrow('There is no token to begin with.');
    const session = await openLoop(smallLanguageModel({ encoder: true }));
    const scores = score(session, { ids: source, from: 1, context: 64, candidates: 0 });
    await expect(all(scores)).rejects.toThrow('Models with an encoder are not scored');
    await session.release();
  });
});

describe('the text ends', () => {
  const wanted = plainTokens(prompt, 12);

  test('with an end token, which is told', async () => {
    const end = wanted[4] ?? NaN;
    const tokens = await written(smallLanguageModel(), { ends: [end] });
    expect(tokens.map(({ id }) => id)).toEqual(wanted.slice(0, wanted.indexOf(end) + 1));
    expect(tokens.map(({ last }) => last).filter(Boolean)).toEqual(['end']);
  });

  test('where the context is full', async () => {
    const tokens = await written(smallLanguageModel({ cache: 'float32' }), { context: 8 });
    expect(tokens).toHaveLength(5);
    expect(tokens[tokens.length - 1]?.last).toBe('context');
  });

  test('where the model was exported for no more', async () => {
    const model = smallLanguageModel({ length: 8, inputs: every });
    const tokens = await written(model, { context: Infinity });
    expect(tokens.map(({ id }) => id)).toEqual(wanted.slice(0, 5));
    expect(tokens[tokens.length - 1]?.last).toBe('context');
  });

  test('before it began, without a limit above 0', async () => {
    expect(await written(smallLanguageModel(), { limit: 0 })).toEqual([]);
  });
});

describe('what does not go', () => {
  test('a prompt as long as the context', async () => {
    await expect(written(smallLanguageModel(), { context: 3 })).rejects.toThrow(
      'The text has 3 tokens; the model takes 3, those that it writes included. Shorten the text.',
    );
  });

  test('no prompt', async () => {
    await expect(written(smallLanguageModel(), { prompt: [] })).rejects.toThrow(
      'There is no token to begin with.',
    );
  });

  test('a cache with runs of a fixed length', async () => {
    const model = smallLanguageModel({ cache: 'float32', length: 4 });
    await expect(written(model)).rejects.toThrow('takes exactly 4 tokens in a run');
  });

  test('weights that overflow: the token is told', async () => {
    const broken = smallLanguageModel();
    const initializers = broken.graph.initializers.map((tensor) =>
      tensor.name === 'W'
        ? { ...tensor, rawData: new Uint8Array(new Float32Array(66).fill(NaN).buffer) }
        : tensor,
    );
    await expect(written({ ...broken, graph: { ...broken.graph, initializers } })).rejects.toThrow(
      '(NaN) at token 4',
    );
  });
});

describe('a long text over a large vocabulary', () => {
  /** Says that its vocabulary is so large that logits of two tokens are all that a run may give. */
  async function large(): Promise<{ session: LoopSession; lengths: number[] }> {
    const session = await openLoop(smallLanguageModel({ cache: 'float32', inputs: every }));
    const lengths: number[] = [];
    return {
      lengths,
      session: {
        ...session,
        outputs: session.outputs.map((output) =>
          output.name === 'logits' ? { ...output, dims: [1, 'rows', 2 ** 24] } : output,
        ),
        step(feeds, held) {
          lengths.push(feeds['input_ids']?.data.length ?? NaN);
          return session.step(feeds, held);
        },
      },
    };
  }

  test('goes through the model piece by piece when it is gone on with', async () => {
    const { session, lengths } = await large();
    const tokens = await all(generate(session, request({ prompt: [3, 1, 4, 1, 5], limit: 4 })));
    expect(tokens.map(({ id }) => id)).toEqual(plainTokens([3, 1, 4, 1, 5], 4));
    expect(lengths).toEqual([2, 2, 1, 1, 1, 1]);
  });

  test('and when it is scored', async () => {
    const { session, lengths } = await large();
    const ids = [3, 1, 4, 1, 5, 9];
    const scored = await all(score(session, { ids, from: 1, context: 64, candidates: 0 }));
    expect(lengths).toEqual([2, 2, 1]);
    expect(scored).toHaveLength(5);
    scored.forEach(({ id, probability }, index) => {
      const wanted = softmax(plainLogits(ids.slice(0, index + 1)));
      expect(probability).toBeCloseTo(wanted[id] ?? NaN, 5);
    });
  });
});

describe('what is held', () => {
  /** Counts the values of a session that were held and not yet freed. */
  async function counted(): Promise<{
    session: LoopSession;
    alive: () => number;
    most: () => number;
  }> {
    const session = await openLoop(smallLanguageModel({ cache: 'float32' }));
    let [alive, most] = [0, 0];
    const originals = new Map<HeldValue, HeldValue>();
    const watch = (value: HeldValue): HeldValue => {
      most = Math.max(most, ++alive);
      const watched = {
        ...value,
        release: () => {
          alive--;
          value.release();
        },
      };
      originals.set(watched, value);
      return watched;
    };
    const map = (held: Readonly<Record<string, HeldValue>>, to: (value: HeldValue) => HeldValue) =>
      Object.fromEntries(Object.entries(held).map(([name, value]) => [name, to(value)]));
    return {
      session: {
        ...session,
        async step(feeds, held) {
          const step = await session.step(
            feeds,
            map(held, (value) => originals.get(value) ?? value),
          );
          return { ...step, held: map(step.held, watch) };
        },
      },
      alive: () => alive,
      most: () => most,
    };
  }

  test('is freed run by run, and at the end', async () => {
    const { session, alive, most } = await counted();
    await all(generate(session, request()));
    expect(alive()).toBe(0);
    expect(most()).toBe(2);
  });

  test('is freed when one stops early', async () => {
    const { session, alive } = await counted();
    const tokens = generate(session, request());
    await tokens.next();
    expect(alive()).toBe(1);
    await tokens.return();
    expect(alive()).toBe(0);
  });
});
