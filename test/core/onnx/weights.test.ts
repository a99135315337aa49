/**
 * The weights of every shared model, as read off its graph by hand: `key: role dims, in axes → consumers`.
 * A consumer is `input of operator`, after `<` the nodes on the way. Long lists of equal shape are
 * written as patterns; counts and totals are checked besides. The parameter counts are those of the
 * material's manifest.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../../src/core/onnx/inspect.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { findWeights, type Weight } from '../../../src/core/onnx/weights.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';

const open = (path: string): Promise<Model> =>
  readOnnx({ onnx: readFileSync(sharedPath(`models/${path}`)) });

function line({ key, role, dims, inAxes, consumers }: Weight): string {
  const uses = consumers.map(({ node, input, via }) =>
    [`${input} of ${node.opType}`, ...via.map(({ opType }) => opType)].join(' < '),
  );
  return `${key}: ${role} ${dims.join('×')}, in ${inAxes.join(' ')} → ${uses.join(', ')}`;
}

interface Expected {
  readonly path: string;
  readonly lines: readonly string[];
  readonly parameters: number;
  readonly weightParameters: number;
}

const matMul = (key: string, role: string, inSize: number, outSize: number): string =>
  `${key}: ${role} ${inSize}×${outSize}, in 0 → 1 of MatMul`;
const conv = (key: string, dims: string, role = 'conv'): string =>
  `${key}: ${role} ${dims}, in ${dims
    .split('×')
    .slice(1)
    .map((_, axis) => axis + 1)
    .join(' ')} → 1 of Conv`;

const storiesLayer = (layer: number): string[] => [
  matMul(`layers.${layer}.attention.wq.weight`, 'attention-q', 64, 64),
  matMul(`layers.${layer}.attention.wk.weight`, 'attention-k', 64, 32),
  matMul(`layers.${layer}.attention.wv.weight`, 'attention-v', 64, 32),
  matMul(`layers.${layer}.attention.wo.weight`, 'attention-o', 64, 64),
  matMul(`layers.${layer}.feed_forward.w1.weight`, 'mlp-gate', 64, 172),
  matMul(`layers.${layer}.feed_forward.w3.weight`, 'mlp-up', 64, 172),
  matMul(`layers.${layer}.feed_forward.w2.weight`, 'mlp-down', 172, 64),
];

const bartAttention = (prefix: string): string[] =>
  ['q', 'k', 'v', 'out'].map((part) =>
    matMul(`${prefix}.${part}_proj.weight_T`, `attention-${part.slice(0, 1)}`, 128, 128),
  );
const bartMlp = (prefix: string): string[] => [
  matMul(`${prefix}.fc1.weight_T`, 'mlp-up', 128, 1024),
  matMul(`${prefix}.fc2.weight_T`, 'mlp-down', 1024, 128),
];

/** One branch of silero: 16 kHz in `then`, 8 kHz in `else`; the LSTM stands in it for one and for many frames. */
function sileroBranch(branch: string, window: number, bins: number): string[] {
  const key = (name: string) => `If_0.${branch}/If_0_${branch}__Inline_0__${name}`;
  const lstm = (input: number) => {
    const use = `${input} of LSTM < Slice < Concat < Unsqueeze`;
    return `recurrent 512×128, in 1 → ${use}, ${use}`;
  };
  return [
    conv(key('stft.forward_basis_buffer'), `${2 * bins}×1×${window}`),
    conv(key('encoder.0.reparam_conv.weight'), `128×${bins}×3`),
    conv(key('encoder.1.reparam_conv.weight'), '64×128×3'),
    conv(key('encoder.2.reparam_conv.weight'), '64×64×3'),
    conv(key('encoder.3.reparam_conv.weight'), '128×64×3'),
    `${key('decoder.rnn.weight_ih')}: ${lstm(1)}`,
    `${key('decoder.rnn.weight_hh')}: ${lstm(2)}`,
    conv(key('decoder.decoder.2.weight'), '1×128×1'),
  ];
}

const models: readonly Expected[] = [
  {
    path: 'mnist-8.onnx',
    lines: [
      'Parameter193: head 16×4×4×10, in 0 1 2 → 1 of MatMul < Reshape',
      conv('Parameter87', '16×8×5×5'),
      conv('Parameter5', '8×1×5×5'),
    ],
    parameters: 5_994,
    weightParameters: 2_560 + 3_200 + 200,
  },
  {
    path: 'burn_mnist.onnx',
    lines: [
      conv('conv1.weight', '8×1×3×3'),
      conv('conv2.weight', '16×8×3×3'),
      conv('conv3.weight', '24×16×3×3'),
      'fc1.weight: linear 32×11616, in 1 → 1 of Gemm',
      'fc2.weight: head 10×32, in 1 → 1 of Gemm',
    ],
    parameters: 376_938,
    weightParameters: 72 + 1_152 + 3_456 + 371_712 + 320,
  },
  {
    path: 'super_resolution/model.onnx',
    lines: [
      conv('conv1.weight', '64×1×5×5'),
      conv('conv2.weight', '64×64×3×3'),
      conv('conv3.weight', '32×64×3×3'),
      conv('conv4.weight', '9×32×3×3'),
    ],
    parameters: 59_657,
    weightParameters: 1_600 + 36_864 + 18_432 + 2_592,
  },
  {
    // Tied: the table of the Gather is, transposed, the output projection. The rotations (rope.cos,
    // rope.sin) are sliced and multiplied element by element.
    path: 'stories260K/model.onnx',
    lines: [
      'tok_embeddings.weight: embedding 512×64, in 1 → 0 of Gather, 1 of MatMul < Transpose',
      ...[0, 1, 2, 3, 4].flatMap(storiesLayer),
    ],
    parameters: 264_132,
    weightParameters: 512 * 64 + 5 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 172),
  },
  {
    // The dense layer over one-hot bytes picks rows of its matrix.
    path: 'magika/model.onnx',
    lines: [
      conv('jax2tf_get_logits_/pjit_get_logits_/MagikaV2/Conv_0/transpose_3:0', '512×256×5×1'),
      matMul('jax2tf_get_logits_/Const_24:0', 'head', 512, 214),
      matMul('jax2tf_get_logits_/Const:0', 'embedding', 257, 64),
    ],
    parameters: 784_223,
    weightParameters: 655_360 + 109_568 + 16_448,
  },
  {
    // Both embed_positions are sliced by length and only added.
    path: 'bart_g2p/model.onnx',
    lines: [
      'model.shared.weight: embedding 63×128, in 1 → ' +
        '0 of Gather, 0 of Gather, 1 of MatMul < Transpose',
      ...bartAttention('model.encoder.layers.0.self_attn'),
      ...bartMlp('model.encoder.layers.0'),
      ...bartAttention('model.decoder.layers.0.self_attn'),
      ...bartAttention('model.decoder.layers.0.encoder_attn'),
      ...bartMlp('model.decoder.layers.0'),
    ],
    parameters: 751_556,
    weightParameters: 63 * 128 + 12 * 128 * 128 + 4 * 128 * 1024,
  },
  {
    // No initializers: 341 Constant nodes. The manifest counts the fill values of two ConstantOfShape too.
    path: 'silero_vad_v6.onnx',
    lines: [...sileroBranch('else_branch', 128, 65), ...sileroBranch('then_branch', 256, 129)],
    parameters: 545_288 - 2,
    weightParameters:
      130 * 128 +
      258 * 256 +
      3 * 128 * (65 + 129) +
      2 * (3 * 64 * (128 + 64 + 128) + 2 * 512 * 128 + 128),
  },
];

describe.skipIf(!hasShared)(
  `weights of the shared models${hasShared ? '' : ` (${skipReason})`}`,
  () => {
    test.each(models)('$path', async ({ path, lines, parameters, weightParameters }) => {
      const model = await open(path);
      expect(findWeights(model).map(line)).toEqual(lines);
      expect(inspect(model)).toMatchObject({ parameters, weightParameters, problems: [] });
    });

    /** MobileNetV2 (Sandler 2018): expansion, output channels, repeats of its bottlenecks. */
    const bottlenecks = [
      [1, 16, 1],
      [6, 24, 2],
      [6, 32, 3],
      [6, 64, 4],
      [6, 96, 3],
      [6, 160, 3],
      [6, 320, 1],
    ] as const;

    function mobileNet(): string[] {
      const shapes = ['conv 32×3×3×3'];
      let channels = 32;
      for (const [expansion, out, repeats] of bottlenecks) {
        for (let repeat = 0; repeat < repeats; repeat++) {
          const wide = channels * expansion;
          if (expansion > 1) shapes.push(`conv ${wide}×${channels}×1×1`);
          shapes.push(`depthwise-conv ${wide}×1×3×3`, `conv ${out}×${wide}×1×1`);
          channels = out;
        }
      }
      return [...shapes, 'conv 1280×320×1×1', 'head 1000×1280'];
    }

    const shape = ({ role, dims }: Weight): string => `${role} ${dims.join('×')}`;

    test('mobilenetv2_fp32_dequantized.onnx', async () => {
      const model = await open('mobilenetv2_fp32_dequantized.onnx');
      const weights = findWeights(model);
      expect(weights.map(shape)).toEqual(mobileNet());
      expect(weights.map(line).at(1)).toBe(conv('onnx::Conv_176', '32×1×3×3', 'depthwise-conv'));
      expect(weights.map(line).at(-1)).toBe('onnx::Gemm_1566: head 1000×1280, in 1 → 1 of Gemm');
      const counts = {
        parameters: 3_487_816,
        weightParameters: 3_469_760,
        weightBytes: 4 * 3_469_760,
      };
      expect(inspect(model)).toMatchObject({ ...counts, problems: [] });
    });

    test('mobilenetv2_qdq_int8_pytorch.onnx: the same weights as codes', async () => {
      const model = await open('mobilenetv2_qdq_int8_pytorch.onnx');
      const weights = findWeights(model);
      expect(weights.map(shape)).toEqual(mobileNet());
      expect(new Set(weights.map(({ dtype }) => dtype))).toEqual(new Set(['int8']));
      expect(line(weights[0] as Weight)).toBe(
        `${conv('onnx::DequantizeLinear_1588', '32×3×3×3')} < DequantizeLinear`,
      );
      expect(weights[0]?.quantized).toMatchObject({
        dequantize: { opType: 'DequantizeLinear' },
        scale: 'onnx::DequantizeLinear_1589',
        zeroPoint: 'onnx::DequantizeLinear_1590',
      });
      const counts = { parameters: 3_487_816, weightParameters: 3_469_760, weightBytes: 3_469_760 };
      expect(inspect(model)).toMatchObject({ ...counts, problems: [] });
    });

    test('silero_vad_v6.onnx: paths lead to the branches that hold the Constants', async () => {
      const weights = findWeights(await open('silero_vad_v6.onnx'));
      expect(new Set(weights.map(({ stored }) => stored))).toEqual(new Set(['constant']));
      const [first] = weights;
      expect(first?.path).toEqual([{ node: 2, attribute: 'else_branch', index: 0 }]);
      expect(first?.consumers[0]?.path).toEqual(first?.path);
      // The LSTM stands one branch deeper than its weights.
      expect(weights[5]?.consumers.map(({ path }) => path.length)).toEqual([2, 2]);
    });
  },
);
