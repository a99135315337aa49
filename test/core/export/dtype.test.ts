import { describe, expect, test } from 'vitest';

import type { Recipe, Step } from '../../../src/core/compress/recipe.ts';
import type { CodeBits } from '../../../src/core/math/grid.ts';
import { dtypeAfter, stemOf } from '../../../src/core/export/dtype.ts';

const recipe = (...steps: Step[]): Recipe => ({ version: 1, seed: 0, steps });
const blocks = (bits: CodeBits): Step => ({ technique: 'quantize-block', options: { bits } });

describe('the dtype of what a recipe makes', () => {
  test.each([
    [recipe(), 'fp32', 'fp32'],
    [recipe(blocks(8)), 'fp32', 'q8'],
    [recipe(blocks(4)), 'fp32', 'q4'],
    [recipe(blocks(2)), 'fp32', 'q2'],
    // By the container that the codes lie in; two values by what transformers.js calls them.
    [recipe(blocks(6)), 'fp32', 'q8'],
    [recipe(blocks(3)), 'fp32', 'q4'],
    [recipe(blocks(1.58)), 'fp32', 'q2'],
    [recipe(blocks(1)), 'fp32', 'q1'],
    // The technique's default is 4 bits.
    [recipe({ technique: 'quantize-block' }), 'fp32', 'q4'],
    [recipe({ technique: 'prune-magnitude' }), 'fp32', 'fp32'],
    [recipe({ technique: 'prune-magnitude' }), 'fp16', 'fp16'],
    [recipe(blocks(4), { technique: 'prune-magnitude' }), 'fp32', 'q4'],
    [recipe(blocks(4), blocks(8)), 'fp32', 'q8'],
    [recipe({ technique: 'dequantize' }), 'q8', 'fp32'],
    [recipe({ technique: 'quantize-dynamic' }), 'fp32', 'q8'],
    [recipe({ technique: 'quantize-static' }), 'fp32', 'q8'],
    [recipe({ technique: 'cast-float16' }), 'fp32', 'fp16'],
    [recipe({ technique: 'dequantize' }, blocks(4)), 'int8', 'q4'],
  ] as const)('%j of %s: %s', (steps, before, after) => {
    expect(dtypeAfter(steps, before)).toBe(after);
  });
});

describe('what a file name says', () => {
  test.each([
    ['model.onnx', 'model', 'fp32'],
    ['onnx/model_quantized.onnx', 'model', 'q8'],
    ['onnx/model_uint8.onnx', 'model', 'uint8'],
    ['model_q4f16.onnx', 'model', 'q4f16'],
    ['mobilenetv2_int8.onnx', 'model', 'int8'],
    ['onnx/encoder_model.onnx', 'encoder_model', 'fp32'],
    ['onnx/decoder_model_merged_q4.onnx', 'decoder_model_merged', 'q4'],
    ['whisper_decoder_model_merged_q4', 'decoder_model_merged', 'q4'],
    ['clip/text_model_fp16.onnx', 'text_model', 'fp16'],
    // The end of a word is no suffix of ours.
    ['context_model2.onnx', 'model', 'fp32'],
  ])('%s: %s, %s', (name, component, dtype) => {
    expect(stemOf(name)).toEqual({ component, dtype });
  });
});
