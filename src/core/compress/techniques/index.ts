/** The techniques, by the id that recipes use: a new one is a file and a line here. */
import type { OptionsOf } from '../options.ts';
import type { Technique } from '../technique.ts';
import { awq } from './awq.ts';
import { castFloat16 } from './cast-float16.ts';
import { correctBias } from './correct-bias.ts';
import { dequantize } from './dequantize.ts';
import { distill } from './distill.ts';
import { equalize } from './equalize.ts';
import { factorizeSvd } from './factorize-svd.ts';
import { foldBatchnorm } from './fold-batchnorm.ts';
import { heal } from './heal.ts';
import { mixedPrecision } from './mixed-precision.ts';
import { pruneMagnitude } from './prune-magnitude.ts';
import { quantizeBlock } from './quantize-block.ts';
import { quantizeDynamic } from './quantize-dynamic.ts';
import { quantizeGptq } from './quantize-gptq.ts';
import { quantizeRate } from './quantize-rate.ts';
import { quantizeStatic } from './quantize-static.ts';
import { repair } from './repair.ts';
import { rotate } from './rotate.ts';
import { smooth } from './smooth.ts';
import { target } from './target.ts';

export const techniques = {
  'quantize-block': quantizeBlock,
  'quantize-gptq': quantizeGptq,
  'quantize-dynamic': quantizeDynamic,
  'quantize-rate': quantizeRate,
  'quantize-static': quantizeStatic,
  'mixed-precision': mixedPrecision,
  target,
  'cast-float16': castFloat16,
  'fold-batchnorm': foldBatchnorm,
  equalize,
  smooth,
  awq,
  rotate,
  'correct-bias': correctBias,
  repair,
  dequantize,
  'prune-magnitude': pruneMagnitude,
  'factorize-svd': factorizeSvd,
  distill,
  heal,
} as const;

export type TechniqueId = keyof typeof techniques;

/** The options of a technique, by its id. */
export type TechniqueOptions<K extends TechniqueId> = OptionsOf<(typeof techniques)[K]['options']>;

/** Every id, in the order of the table. */
export const techniqueIds = Object.keys(techniques) as readonly TechniqueId[];

export const isTechniqueId = (id: string): id is TechniqueId => Object.hasOwn(techniques, id);

/** A technique whose options are known only at run time; `resolveOptions` gives values that fit it. */
export type AnyTechnique = Technique;
