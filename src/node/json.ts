/** Answers as JSON: the arrays of tensors as arrays of numbers. */

/** For `JSON.stringify`: what JSON has no word for becomes the nearest that it has. */
export function replacer(_: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as Iterable<unknown>);
  }
  // Beyond 2⁵³ a number would be another one.
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (value instanceof Blob) return { bytes: value.size };
  return value;
}
