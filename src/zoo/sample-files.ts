/** Writes the samples that come with a model, as `src/tasks/samples/sample-files.ts` reads them. */
import type { ShippedFiles } from './zoo-model.ts';

/** Whole numbers, row-major; the first axis counts the samples. */
export interface SampleColumn {
  readonly dims: readonly number[];
  readonly data: Int8Array | Int16Array;
}

export interface ShippedSamples {
  /** What the samples are, for people. */
  readonly label: string;
  /** By the name of the model's input. */
  readonly inputs: Readonly<Record<string, SampleColumn>>;
  /** The right answers; negative numbers count for nothing. */
  readonly targets?: SampleColumn;
  readonly names: readonly string[];
}

/** samples.json, and a .npy file for each array. */
export function sampleFiles({ label, inputs, targets, names }: ShippedSamples): ShippedFiles {
  const fileOf = (name: string): string => `samples_${name}.npy`;
  const columns = Object.entries({ ...inputs, ...(targets ? { targets } : {}) });
  const list = {
    label,
    inputs: Object.fromEntries(Object.keys(inputs).map((name) => [name, fileOf(name)])),
    ...(targets ? { targets: fileOf('targets') } : {}),
    names,
  };
  return new Map<string, string | Uint8Array>([
    ['samples.json', `${JSON.stringify(list, undefined, 1)}\n`],
    ...columns.map(([name, column]) => [fileOf(name), npyFile(column)] as const),
  ]);
}

/** NumPy's format, version 1.0 (NEP 1): a header padded to 64 bytes, and the numbers, little-endian. */
function npyFile({ dims, data }: SampleColumn): Uint8Array {
  const width = data.BYTES_PER_ELEMENT;
  const descr = width === 1 ? '|i1' : '<i2';
  const shape = `(${dims.join(', ')}${dims.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const bytes = new Uint8Array(10 + header.length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), 10);
  data.forEach((value, index) => {
    const at = 10 + header.length + index * width;
    if (width === 1) view.setInt8(at, value);
    else view.setInt16(at, value, true);
  });
  return bytes;
}
