/** Whether stretches of bytes come again: a quick look, before anybody takes the time to deflate. */

const slots = 2 ** 14;
/** Repetitions below this share are left to chance. */
const noticed = 1 / 16;

/** Whether a part of the runs of `length` bytes, one every `step`, equals an earlier one. */
export function repeats(bytes: Uint8Array, length: number, step: number): boolean {
  const last = new Int32Array(slots).fill(-1);
  let [seen, again] = [0, 0];
  for (let at = 0; at + length <= bytes.length; at += step) {
    let hash = 0;
    for (let index = 0; index < length; index++) hash = Math.imul(hash, 31) + bytes[at + index]!;
    const slot = (Math.imul(hash, 0x9e3779b1) >>> 18) & (slots - 1);
    const before = last[slot]!;
    last[slot] = at;
    seen++;
    if (before >= 0 && isEqual(bytes, before, at, length)) again++;
  }
  return again > noticed * seen;
}

function isEqual(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (bytes[a + index] !== bytes[b + index]) return false;
  }
  return true;
}
