/**
 * Where the numbers of a model lie in its files: raw tensor data, and the parts of external files that
 * tensors name. All else is structure, and so is what can't be understood: any file can be coded.
 */
import { externalReference } from '../onnx/external.ts';
import type { Field, Schema } from '../onnx/message.ts';
import { readOnnx } from '../onnx/read.ts';
import { varint } from '../onnx/scalar.ts';
import { ModelSchema, TensorSchema } from '../onnx/schema.ts';
import { Source } from '../onnx/source.ts';
import { bitsOf } from '../onnx/tensor.ts';
import { dtypes, type Dtype } from '../onnx/types.ts';
import { tensorsOf } from '../onnx/walk.ts';
import type { ModelFiles } from '../runtime.ts';
import type { Width } from './window.ts';

/** Numbers of one type, end excluded. */
export interface Region {
  readonly start: number;
  readonly end: number;
  readonly width: Width;
}

/** Shorter ones are left to the structure around them. */
const shortest = 96;
const deepest = 100;

/** How numbers of a type are coded: byte by byte, or their first, second … bytes apart. */
function widthOf(dtype: Dtype): Width {
  const bits = bitsOf(dtype);
  if (bits >= 64) return 8;
  if (bits === 32 || bits === 16) return (bits / 8) as Width;
  return bits === 0 ? 0 : 1;
}

/** The regions of a .onnx file, in order. Never rejects: what is damaged holds none. */
export async function regionsOf(onnx: Blob): Promise<readonly Region[]> {
  const found: Region[] = [];
  const walk = new Walk(new Source(onnx), found);
  await walk.message(ModelSchema, 0, onnx.size, 0).catch(() => undefined);
  return found.sort((a, b) => a.start - b.start);
}

/** The regions of each external file, by location. Never rejects. */
export async function externalRegions(
  files: ModelFiles,
): Promise<ReadonlyMap<string, readonly Region[]>> {
  const regions = new Map<string, Region[]>();
  const model = files.external.size > 0 && (await readOnnx(files).catch(() => undefined));
  for (const tensor of model ? new Set(tensorsOf(model)) : []) {
    if (!tensor.externalBytes) continue;
    const { location, offset: start } = externalReference(tensor);
    const one = { start, end: start + tensor.externalBytes.size, width: widthOf(tensor.dtype) };
    regions.set(location, [...(regions.get(location) ?? []), one]);
  }
  for (const [location, all] of regions) regions.set(location, apart(all));
  return regions;
}

/** In order, without those that another one covers in part: tied weights share theirs. */
function apart(regions: readonly Region[]): Region[] {
  const sorted = [...regions].sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Region[] = [];
  for (const region of sorted) {
    if (region.end - region.start < shortest) continue;
    if (region.start >= (kept.at(-1)?.end ?? 0)) kept.push(region);
  }
  return kept;
}

const place = { parent: undefined, key: 'model', index: undefined };

/** Messages on the way to tensors; what lies in others is structure. */
const onTheWay = new Set([
  'model',
  'graph',
  'node',
  'attribute',
  'sparseTensor',
  'tensor',
  'trainingInfo',
  'function',
]);

class Walk {
  private readonly source: Source;
  private readonly found: Region[];

  constructor(source: Source, found: Region[]) {
    this.source = source;
    this.found = found;
  }

  /** Errors: ModelError where the file is damaged; what was found until then holds. */
  async message(schema: Schema, start: number, end: number, depth: number): Promise<void> {
    let dtype: Dtype = 'undefined';
    const payloads: { start: number; end: number }[] = [];
    for (let at = start; at < end;) {
      const wire = await this.field(at, end);
      const field = schema.byNumber.get(wire.number);
      if (schema === TensorSchema && field?.key === 'dtype' && wire.type === 0) {
        dtype = dtypes[varint(this.source, wire.start, wire.end, place).low] ?? 'undefined';
      } else if (wire.type === 2 && field) {
        if (schema === TensorSchema && isPayload(field)) payloads.push(wire);
        const inner = field.kind.type === 'message' ? field.kind.schema() : undefined;
        if (inner && onTheWay.has(inner.name) && depth < deepest) {
          await this.message(inner, wire.start, wire.end, depth + 1);
        }
      }
      at = wire.end;
    }
    const width = widthOf(dtype);
    for (const payload of payloads) this.add(payload.start, payload.end, width);
  }

  private add(start: number, end: number, width: Width): void {
    const whole = width > 1 ? end - ((end - start) % width) : end;
    if (width > 0 && whole - start >= shortest) this.found.push({ start, end: whole, width });
  }

  private async field(from: number, end: number) {
    const head = Math.min(from + 20, end);
    if (!this.source.has(from, head)) await this.source.load({ start: from, end: head });
    const tag = varint(this.source, from, end, place);
    const type = tag.low & 7;
    let start = tag.next;
    let size = type === 1 ? 8 : 4;
    if (type === 0) size = varint(this.source, start, end, place).next - start;
    if (type === 2) {
      const length = varint(this.source, start, end, place);
      start = length.next;
      size = length.high * 2 ** 32 + length.low;
    }
    // Groups and nonsense: the caller takes what was found.
    if (type === 3 || type === 4 || type > 5 || size > end - start) throw new RangeError('damage');
    return { number: tag.low >>> 3, type, start, end: start + size };
  }
}

const isPayload = ({ key }: Field): boolean =>
  key === 'rawData' || key === 'floatData' || key === 'doubleData';
