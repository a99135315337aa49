/** Coding and decoding by a worker, which is loaded when there is something to do. */
import type { Codec } from '../../store/codec.ts';

const bridge = () => import('../../bridge/compressor.ts');

export const workerCodec: Codec = {
  encode: async ({ path, kind, blob }, beside) =>
    (await bridge()).encodeInWorker([{ path, kind, blob }], beside.map(plain)),
  decode: async (file) => (await bridge()).decodeInWorker(file),
  model: async (file) => (await bridge()).decodeModelInWorker(file),
};

/** Nothing but what the worker needs. */
const plain = ({ path, kind, blob }: Parameters<Codec['encode']>[0]) => ({ path, kind, blob });
