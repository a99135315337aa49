/** What every row of the table of tasks holds to, whatever models and files come. */
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { loops } from '../../src/tasks/loops/index.ts';
import type { ModelFacts } from '../../src/tasks/facts.ts';
import {
  fitsOf,
  taskFor,
  taskIds,
  tasks,
  type AnyTask,
  type TaskId,
} from '../../src/tasks/index.ts';
import { Tally } from '../../src/tasks/tally.ts';
import { openEmbedded, models } from '../tasks/embedded-task.ts';

const table = Object.entries(tasks) as [TaskId, AnyTask][];

describe.each(table)('%s', (id, task) => {
  test('has a label, a summary and labelled figures', () => {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(task.label).toMatch(/^\p{Lu}/u);
    expect(task.summary).toMatch(/^\p{Lu}.*\.$/u);
    expect(Object.keys(task.figures)).not.toEqual([]);
    for (const [name, figure] of Object.entries(task.figures)) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(figure.label.length).toBeGreaterThan(2);
      expect(['share', 'nats', 'dB', '']).toContain(figure.unit);
      expect(['higher', 'lower']).toContain(figure.better);
      expect('ofTarget' in figure || 'ofOriginal' in figure, name).toBe(true);
    }
  });

  test('holds a compressed model against its original', () => {
    const figures = Object.values(task.figures).filter((figure) => 'ofOriginal' in figure);
    expect(figures).not.toEqual([]);
  });
});

const names = fc.constantFrom(
  ...['input_ids', 'attention_mask', 'pixel_values', 'input', 'state', 'sr', 'logits', 'bytes'],
  ...['past_key_values.0.key', 'decoder_input_ids', 'last_hidden_state', 'output', 'X', ''],
);
const dims = fc.array(fc.oneof(fc.constantFrom(-1, 0, 1, 3, 10, 28, 224, 2 ** 31), fc.string()), {
  maxLength: 5,
});
const dtypes = fc.constantFrom('float32', 'int64', 'int32', 'float16', 'string', 'bool', 'uint8');
const files = fc.array(
  fc.oneof(
    fc.constantFrom('tokenizer.json', 'config.json', 'preprocessor_config.json', 'vocab.txt'),
    fc.constantFrom('a/generation_config.json', '../x', '1_Pooling/config.json'),
    fc.string(),
  ),
);
const settings = fc.dictionary(
  fc.constantFrom(
    ...['architectures', 'id2label', 'model_type', 'num_labels', 'target_labels_space', 'beg_size'],
    ...['transformers.js_config', 'vocab_size', 'thresholds', '__proto__', 'padding_token'],
  ),
  fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      ['BertForSequenceClassification'],
      ['GPT2LMHeadModel'],
      'digits',
      128,
      -1,
      1e30,
    ),
  ),
);
/** As hostile as a model file and a config.json can make them. */
const facts = fc.record({
  inputs: fc.array(fc.record({ name: names, dtype: dtypes, dims }), { maxLength: 4 }),
  outputs: fc.array(
    fc.oneof(fc.record({ name: names, dtype: dtypes, dims }), fc.record({ name: names })),
    { maxLength: 4 },
  ),
  config: settings,
  beside: files,
}) as fc.Arbitrary<ModelFacts>;

describe('any model', () => {
  test('fits a task or is told what it lacks; nothing throws', () => {
    fc.assert(
      fc.property(facts, (model) => {
        for (const fit of Object.values(fitsOf(model))) {
          if (fit.fits) expect(fit.because.trim()).not.toBe('');
          else expect(fit.needs).toMatch(/\.$/);
        }
        const found = taskFor(model);
        expect(taskIds).toContain(found.id);
        expect(tasks[found.id].fit(model)).toMatchObject({ fits: true, because: found.because });
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  test('can be fed with numbers', () => {
    fc.assert(
      fc.property(facts, (model) => {
        expect(tasks.tensors.fit(model).fits).toBe(true);
      }),
      { numRuns: 50, seed: 4 },
    );
  });
});

/** A model of language writes a hundred tokens, on a machine that may be busy. */
const patience = 30_000;

const embedded: readonly (readonly [model: string, id: TaskId])[] = [
  ['digits', 'digits'],
  ['digits-vit', 'digits'],
  ['sentiment', 'text-classification'],
  ['embedder', 'embeddings'],
  ['storyteller', 'text-generation'],
];

describe('the embedded models', () => {
  test.each(embedded)(
    '%s is found to be for %s, and answers its examples',
    async (model, id) => {
      expect(existsSync(`${models}${model}`)).toBe(true);
      const opened = await openEmbedded(id, model);
      const { found, prepared } = opened;
      try {
        expect(found.id).toBe(id);
        expect(prepared.examples).not.toEqual([]);
        const input = prepared.examples[0]?.input as never;
        const plan = await prepared.plan(input);
        expect(Object.keys(loops)).toContain(plan.loop);
        // Plans cross a worker's border.
        expect(structuredClone(plan)).toEqual(plan);
        const answer = await opened.ask(input);
        expect(structuredClone(answer)).toEqual(answer);
        expect(prepared.words(answer).trim()).not.toBe('');
        // Before its first chunk there is an answer too: an empty one.
        expect(prepared.words(await prepared.answer([], input))).toBeTypeOf('string');
        const tally = new Tally((tasks[id] as AnyTask).figures);
        tally.addOriginal(answer, answer);
        const readings = Object.entries(tally.result());
        expect(readings).not.toEqual([]);
        // Against itself nothing is lost: shares that are to be high are whole.
        for (const [name, { value }] of readings) {
          const { better, unit } = (tasks[id] as AnyTask).figures[name]!;
          if (better === 'higher' && unit === 'share') expect(value, name).toBe(1);
        }
      } finally {
        await opened.close();
      }
    },
    patience,
  );

  test.each(embedded)(
    '%s: an input that is none is refused in words',
    async (model, id) => {
      const opened = await openEmbedded(id, model);
      const { prepared } = opened;
      try {
        const file = { name: 'noise.bin', blob: new Blob([Uint8Array.of(1, 2, 250, 251, 0)]) };
        const tried = await prepared
          .inputFrom({ file })
          .then((input) => prepared.plan(input))
          .catch((error: unknown) => error);
        // Text tasks read any bytes as a text; the others say what it should be.
        if (tried instanceof Error) {
          expect(tried.name).toBe('ModelError');
          expect(tried.message).toMatch(/\.$/);
        } else expect(tried).toHaveProperty('loop');
        const data = new Map([['noise.bin', file.blob]]);
        const examples = await prepared.examplesFrom(data).catch((error: unknown) => error);
        if (examples instanceof Error) expect(examples.name).toBe('ModelError');
        else expect(examples).toBeInstanceOf(Array);
      } finally {
        await opened.close();
      }
    },
    patience,
  );
});
