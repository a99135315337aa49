/** Numbers by name as bytes, and back again, for places that outlive a session. */

/** Single numbers, and vectors of them. */
export interface NamedNumbers {
  readonly facts: Readonly<Record<string, number>>;
  readonly vectors: Readonly<Record<string, Float64Array>>;
}

/** Names the layout; another one is not read. */
export const magic = 'scrunch statistics 1';

interface Header {
  readonly magic: string;
  readonly facts: NamedNumbers['facts'];
  /** Names and lengths, in the order of the numbers that follow. */
  readonly vectors: readonly (readonly [name: string, length: number])[];
}

/** The length of the header (8 bytes), the header as JSON, padding to 8 bytes, and all numbers. */
export function packNumbers({ facts, vectors }: NamedNumbers): Blob {
  const entries = Object.entries(vectors);
  const header: Header = {
    magic,
    facts,
    vectors: entries.map(([name, { length }]) => [name, length]),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  const numbers = entries.map(([, values]) => values as Float64Array<ArrayBuffer>);
  return new Blob([Uint32Array.of(padded.length, 0), padded, ...numbers]);
}

/** Undefined for bytes that are not whole or not of this layout. */
export async function unpackNumbers(blob: Blob): Promise<NamedNumbers | undefined> {
  const bytes = await blob.arrayBuffer();
  if (bytes.byteLength < 8) return undefined;
  const start = 8 + new DataView(bytes).getUint32(0, true);
  const header = headerOf(bytes, start);
  if (!header) return undefined;
  const lengths = header.vectors.map(([, length]) => length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const sound = lengths.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (!sound || bytes.byteLength !== start + 8 * total) return undefined;
  let at = start;
  const vectors = header.vectors.map(([name, length]) => {
    const values = new Float64Array(bytes, at, length);
    at += 8 * length;
    return [name, values] as const;
  });
  return { facts: header.facts, vectors: Object.fromEntries(vectors) };
}

function headerOf(bytes: ArrayBuffer, end: number): Header | undefined {
  if (end > bytes.byteLength || end % 8 !== 0) return undefined;
  try {
    const text = new TextDecoder().decode(new Uint8Array(bytes, 8, end - 8));
    const header = JSON.parse(text) as Header;
    return header.magic === magic ? header : undefined;
  } catch {
    return undefined;
  }
}
