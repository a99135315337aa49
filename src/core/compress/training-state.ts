/** A training between two sessions as bytes, for a place that outlives the tab. */
import type { TrainingState } from './training.ts';

/** Names the layout; another one is not read. */
const magic = 'scrunch training 1';

interface Header extends Omit<TrainingState, 'vectors' | 'best'> {
  readonly magic: string;
  /** Names and lengths, in the order of the numbers that follow. */
  readonly vectors: readonly (readonly [name: string, length: number])[];
  readonly best?: Omit<NonNullable<TrainingState['best']>, 'vectors'> & {
    readonly vectors: Header['vectors'];
  };
}

/** The length of the header (4 bytes), the header as JSON, padding to 4 bytes, and all numbers. */
export function packTraining({ vectors, best, ...rest }: TrainingState): Blob {
  const listed = (map: ReadonlyMap<string, Float32Array>): Header['vectors'] =>
    [...map].map(([name, { length }]) => [name, length]);
  const header: Header = {
    ...rest,
    magic,
    vectors: listed(vectors),
    ...(best ? { best: { ...best, vectors: listed(best.vectors) } } : {}),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(text.length / 4) * 4).fill(0x20);
  padded.set(text);
  const all = [...vectors.values(), ...(best?.vectors.values() ?? [])];
  return new Blob([
    Uint32Array.of(padded.length),
    padded,
    ...all.map((values) => new Float32Array(values)),
  ]);
}

/** Undefined for bytes that are not whole or not of this layout: then training starts anew. */
export async function unpackTraining(blob: Blob): Promise<TrainingState | undefined> {
  const bytes = await blob.arrayBuffer();
  if (bytes.byteLength < 4) return undefined;
  const start = 4 + new DataView(bytes).getUint32(0, true);
  const header = headerOf(bytes, start);
  if (!header) return undefined;
  const { step, news, vectors, best } = header;
  const total = [...vectors, ...(best?.vectors ?? [])].reduce((sum, [, length]) => sum + length, 0);
  if (bytes.byteLength !== start + 4 * total) return undefined;
  let at = start;
  const taken = (listed: Header['vectors']): Map<string, Float32Array> =>
    new Map(
      listed.map(([name, length]) => {
        const values = new Float32Array(bytes, at, length);
        at += 4 * length;
        return [name, values];
      }),
    );
  const own = taken(vectors);
  return {
    step,
    news,
    vectors: own,
    ...(best ? { best: { ...best, vectors: taken(best.vectors) } } : {}),
  };
}

function headerOf(bytes: ArrayBuffer, end: number): Header | undefined {
  if (end > bytes.byteLength || end % 4 !== 0) return undefined;
  try {
    const text = new TextDecoder().decode(new Uint8Array(bytes, 4, end - 4));
    const header = JSON.parse(text) as Header;
    return header.magic === magic ? header : undefined;
  } catch {
    return undefined;
  }
}
