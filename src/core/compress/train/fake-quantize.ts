/**
 * Training weights that are stored as codes: a float latent stands behind each code, and the graph
 * rounds it as the codes will be, s · (clip(round(x/s) + z) − z), with the gradient straight through the
 * rounding (Bengio et al., 2013). The scale is learned as a multiple of what it was, so that one learning
 * rate suits scales of any size (after Esser et al., "Learned step size quantization", 2020). Where
 * scales are stored as codes times steps, the steps are learned and the codes of the scales stay.
 */
import { roundHalfEven } from '../../math/round.ts';
import { packBits, unpackSigned, unpackUnsigned } from '../../math/pack-bits.ts';
import { node } from '../../onnx/build.ts';
import { elementCount, loadBytes, makeTensor } from '../../onnx/tensor.ts';
import type { Node, Tensor } from '../../onnx/types.ts';
import { kept } from '../model-edit.ts';
import type { CodedWeight } from '../realize/coded-weight.ts';
import { loadScales } from '../realize/load-scales.ts';
import { codeGrid, type CodeGrid } from './code-grid.ts';
import { codeRange, type CodeRange } from './code-range.ts';
import { mostlyKept } from './masks.ts';
import { loadUnits, splitters, trainedScales, type ScaleUnits } from './stored-scales.ts';

/** A coded weight as training sees it. */
export interface FakeQuantized {
  readonly coded: CodedWeight;
  /** Initializers to train: the latents, and what multiplies the scales. */
  readonly latent: Tensor;
  readonly multiplier: Tensor;
  readonly nodes: readonly Node[];
  /** What the nodes need besides: scales, bounds, shapes. */
  readonly constants: readonly Tensor[];
  /** 0 where a latent is held at zero, in the latent's order; absent where all may change. */
  readonly mask?: Uint8Array;
  /** Codes and scale of trained values (by initializer), in the form that they had. */
  readonly store: (values: ReadonlyMap<string, Float32Array>) => readonly Tensor[];
}

interface Stored {
  readonly codes: Int8Array | Uint8Array;
  readonly scales: Float32Array;
  readonly trained: ScaleUnits;
  readonly zeroPoints: Int8Array | Uint8Array | undefined;
  readonly range: CodeRange;
}

/**
 * Prepares a coded weight that comes out as float32. A latent starts at the value of `original` (in the order of
 * the codes) where that rounds to the code that is stored, else at the code's own value: before the first
 * step nothing changes. `fresh` gives free names.
 */
export async function fakeQuantize(
  coded: CodedWeight,
  original: Float32Array | undefined,
  fresh: (base: string) => string,
): Promise<FakeQuantized> {
  const grid = codeGrid(coded);
  const stored = await loadStored(coded, grid);
  const { latents, mask } = startOf(grid, stored, original);
  const { outer, blocks, span, inner } = grid;
  const latent = floats(fresh(`${coded.value}_latent`), [outer, blocks, span, inner], latents);
  const { values: units, dims } = stored.trained;
  const ones = new Float32Array(units.length).fill(1);
  const multiplier = floats(fresh(`${coded.value}_scale_share`), dims, ones);
  return {
    coded,
    latent,
    multiplier,
    ...rounding(coded, grid, stored, latent.name, multiplier.name, fresh),
    ...(mask ? { mask } : {}),
    store: (values) =>
      storedAgain(
        coded,
        grid,
        stored,
        values.get(latent.name) ?? latents,
        values.get(multiplier.name) ?? ones,
      ),
  };
}

async function loadStored(coded: CodedWeight, grid: CodeGrid): Promise<Stored> {
  const { codes, zeroPoint, bits, signed } = coded;
  const unpack = signed ? unpackSigned : unpackUnsigned;
  const load = async (tensor: Tensor) =>
    unpack(await loadBytes(tensor), bits, elementCount(tensor));
  const stored = await load(codes);
  return {
    codes: stored,
    scales: (await loadScales(coded)).slice(),
    trained: await loadUnits(coded, grid),
    zeroPoints: zeroPoint && (await load(zeroPoint)),
    range: codeRange(stored, bits, signed),
  };
}

/** The code of a value, computed as the graph does, in float32. */
function codeOf({ range }: Stored, x: number, scale: number, zero: number): number {
  const { low, high, step } = range;
  const quotient = Math.fround(x / scale);
  if (step === 1) return Math.min(high, Math.max(low, roundHalfEven(quotient) + zero));
  const place = roundHalfEven(Math.fround(Math.fround(quotient - low) / step));
  return low + step * Math.min((high - low) / step, Math.max(0, place));
}

function startOf(
  grid: CodeGrid,
  stored: Stored,
  original: Float32Array | undefined,
): { latents: Float32Array; mask?: Uint8Array } {
  const latents = new Float32Array(grid.size);
  const mask = new Uint8Array(grid.size).fill(1);
  const zeroed: number[] = [];
  const dead: number[] = [];
  grid.each((at, place, group) => {
    const scale = stored.scales[group]!;
    const zero = stored.zeroPoints?.[group] ?? 0;
    const code = stored.codes[at]!;
    const was = original?.[at];
    // A scale of zero has no grid to move on.
    if (scale === 0) {
      mask[place] = 0;
      dead.push(place);
    } else if (was !== undefined && codeOf(stored, was, scale, zero) === code) latents[place] = was;
    else latents[place] = Math.fround(scale * (code - zero));
    if (was !== undefined && was !== 0 && latents[place] === 0) zeroed.push(place);
  });
  // Rounding takes to zero what is near it; only pruning takes what is further away.
  const isPruned = !mostlyKept(zeroed.length, stored.codes.length);
  if (isPruned) {
    grid.each((at, place, group) => {
      if (stored.codes[at] !== (stored.zeroPoints?.[group] ?? 0)) return;
      latents[place] = 0;
      mask[place] = 0;
    });
  }
  return isPruned || dead.length > 0 ? { latents, mask } : { latents };
}

/** The nodes that round the latents, the last of which makes the weight under its old name. */
function rounding(
  { value, codes }: CodedWeight,
  grid: CodeGrid,
  { trained, zeroPoints, range }: Stored,
  latent: string,
  multiplier: string,
  fresh: (base: string) => string,
): { nodes: Node[]; constants: Tensor[] } {
  const nodes: Node[] = [];
  const constants: Tensor[] = [];
  const emit = (opType: string, inputs: readonly string[], output?: string): string => {
    const made = output ?? fresh(`${value}_${opType.toLowerCase()}`);
    nodes.push(node(opType, inputs, [made], { name: made }));
    return made;
  };
  const constant = (tensor: Tensor): string => {
    constants.push(tensor);
    return tensor.name;
  };
  const number = (x: number): string =>
    constant(floats(fresh(`${value}_bound`), [], Float32Array.of(x)));
  const ints = (values: readonly number[]): string =>
    constant(
      makeTensor(
        fresh(`${value}_dims`),
        'int64',
        [values.length],
        BigInt64Array.from(values, BigInt),
      ),
    );

  const units = trained.values.map(usable);
  const first = constant(floats(fresh(`${value}_first_scale`), trained.dims, units));
  let scale = emit('Mul', [first, multiplier]);
  const splitter = splitters[trained.tensor.dtype];
  if (splitter !== undefined) {
    const product = emit('Mul', [scale, number(splitter)]);
    scale = emit('Sub', [product, emit('Sub', [product, scale])]);
  }
  if (trained.multiples) {
    const multiples = trained.multiples.map(usable);
    const name = fresh(`${value}_scale_codes`);
    scale = emit('Mul', [scale, constant(floats(name, grid.scaleDims, multiples))]);
  }
  const { low, high, step } = range;
  let quotient = emit('Div', [latent, scale]);
  if (step > 1) quotient = emit('Div', [emit('Sub', [quotient, number(low)]), number(step)]);
  let codesNow = emit('Round', [quotient]);
  const zeros =
    zeroPoints &&
    constant(
      floats(fresh(`${value}_zeros`), grid.scaleDims, Float32Array.from(zeroPoints, Number)),
    );
  if (zeros !== undefined) codesNow = emit('Add', [codesNow, zeros]);
  const bounds = step > 1 ? [0, (high - low) / step] : [low, high];
  codesNow = emit('Clip', [codesNow, ...bounds.map(number)]);
  if (step > 1) codesNow = emit('Add', [emit('Mul', [codesNow, number(step)]), number(low)]);
  if (zeros !== undefined) codesNow = emit('Sub', [codesNow, zeros]);
  let values = emit('Mul', [codesNow, scale]);
  if (grid.blocks * grid.span !== grid.length) {
    values = emit('Reshape', [values, ints([grid.outer, grid.blocks * grid.span, grid.inner])]);
    values = emit('Slice', [values, ints([0]), ints([grid.length]), ints([1])]);
  }
  emit('Reshape', [values, ints(codes.dims)], value);
  return { nodes, constants };
}

function storedAgain(
  coded: CodedWeight,
  grid: CodeGrid,
  stored: Stored,
  latents: Float32Array,
  shares: Float32Array,
): readonly Tensor[] {
  const { codes, bits } = coded;
  const { scales, tensor } = trainedScales(coded, stored.trained, shares);
  const next = new (stored.codes.constructor as Int8ArrayConstructor)(stored.codes);
  grid.each((at, place, group) => {
    const now = scales[group]!;
    if (now === 0) return;
    next[at] = codeOf(stored, latents[place]!, now, stored.zeroPoints?.[group] ?? 0);
  });
  return [makeTensor(codes.name, codes.dtype, codes.dims, kept(packBits(next, bits))), tensor];
}

const usable = (scale: number): number => (scale === 0 ? 1 : scale);

const floats = (name: string, dims: readonly number[], values: Float32Array): Tensor =>
  makeTensor(name, 'float32', dims, values);
