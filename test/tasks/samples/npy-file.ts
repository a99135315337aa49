/** Writes .npy files as NumPy does (NEP 1, version 1.0). */
export function npy(
  descr: string,
  dims: readonly number[],
  values: ArrayBufferView<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const shape = `(${dims.join(', ')}${dims.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11, ' ') + '\n';
  const bytes = new Uint8Array(10 + header.length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    10 + header.length,
  );
  return bytes;
}
