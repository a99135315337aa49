/** Reads .wav (RIFF WAVE, IBM and Microsoft 1991; extensible format, Microsoft 2001). */
import { ModelError } from '../../core/errors.ts';

export interface Sound {
  /** One channel: the mean of all. −1 to 1. */
  readonly samples: Float32Array;
  /** Samples in a second. */
  readonly rate: number;
}

interface Format {
  readonly kind: 'whole' | 'real';
  readonly channels: number;
  readonly rate: number;
  readonly bytes: number;
}

type Read = (view: DataView, at: number) => number;

/** By kind and bytes of a sample; whole numbers of one byte have no sign. */
const readers: Readonly<Record<string, Read>> = {
  whole1: (view, at) => (view.getUint8(at) - 128) / 128,
  whole2: (view, at) => view.getInt16(at, true) / 32_768,
  whole3: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608,
  whole4: (view, at) => view.getInt32(at, true) / 2_147_483_648,
  real4: (view, at) => view.getFloat32(at, true),
  real8: (view, at) => view.getFloat64(at, true),
};

/** Errors: ModelError for another kind of file, an encoding of another kind, and a file without samples. */
export function readWav(name: string, bytes: Uint8Array): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = chunksOf(name, view);
  const format = formatOf(name, chunks.get('fmt '));
  const data = chunks.get('data');
  const read = readers[format.kind + String(format.bytes)];
  if (!read) {
    throw new ModelError(
      `"${name}" has ${format.kind} numbers of ${format.bytes * 8} bits. Save it as PCM of 8, 16, 24 or 32 bits, or as 32-bit float.`,
    );
  }
  const { channels, rate, bytes: width } = format;
  // A recording that was cut off still holds what came before.
  const count = Math.floor((data?.byteLength ?? 0) / (channels * width));
  if (!data || count === 0) {
    throw new ModelError(`"${name}" holds no sound. Record or save it again.`);
  }
  const samples = Float32Array.from({ length: count }, (_, index) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += read(data, (index * channels + channel) * width);
    }
    return sum / channels;
  });
  return { samples, rate };
}

const textAt = (view: DataView, at: number): string =>
  String.fromCharCode(...Array.from({ length: 4 }, (_, index) => view.getUint8(at + index)));

/** The first of each name; one that the file's end cuts off is as long as what is there. */
function chunksOf(name: string, view: DataView): ReadonlyMap<string, DataView> {
  if (view.byteLength < 12 || textAt(view, 0) !== 'RIFF' || textAt(view, 8) !== 'WAVE') {
    throw new ModelError(`"${name}" is no .wav file. Convert the recording to .wav first.`);
  }
  const chunks = new Map<string, DataView>();
  for (let at = 12; at + 8 <= view.byteLength;) {
    const length = view.getUint32(at + 4, true);
    const rest = Math.min(length, view.byteLength - at - 8);
    const key = textAt(view, at);
    if (!chunks.has(key))
      chunks.set(key, new DataView(view.buffer, view.byteOffset + at + 8, rest));
    // Chunks begin at even positions.
    at += 8 + length + (length % 2);
  }
  return chunks;
}

function formatOf(name: string, chunk: DataView | undefined): Format {
  if (!chunk || chunk.byteLength < 16) {
    throw new ModelError(`"${name}" does not say how its sound is stored. Save it as .wav again.`);
  }
  const tag = chunk.getUint16(0, true);
  const channels = chunk.getUint16(2, true);
  const rate = chunk.getUint32(4, true);
  const bits = chunk.getUint16(14, true);
  // The extensible form keeps the actual tag in the first bytes of an identifier.
  const isExtensible = tag === 0xfffe && chunk.byteLength >= 26;
  const kind = { 1: 'whole', 3: 'real' }[isExtensible ? chunk.getUint16(24, true) : tag];
  if (kind !== 'whole' && kind !== 'real') {
    throw new ModelError(
      `"${name}" is compressed in a way (format ${tag}) that is not read here. Save it as PCM.`,
    );
  }
  if (channels < 1 || channels > 32 || rate < 1000 || rate > 768_000 || bits % 8 !== 0) {
    throw new ModelError(
      `"${name}" says that it has ${channels} channels of ${bits} bits at ${rate} Hz, which can't be. Save it again.`,
    );
  }
  return { kind, channels, rate, bytes: bits / 8 };
}
