/** Bytes of the runtime's WebAssembly: fetched once, then kept by the browser. */
export const runtimeBytes = 26_900_000;
