/**
 * The whole of the platform that core may use: what browsers, workers and Node ≥ 20.19 all have as
 * globals, in the shape that core uses. Everything else (DOM, fetch, storage, clocks) is out of reach
 * on purpose. The rest of the project sees the same names from the DOM's own types.
 */

type BlobPart = ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob | string;

interface Blob {
  readonly size: number;
  readonly type: string;
  slice(start?: number, end?: number, contentType?: string): Blob;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}
declare var Blob: {
  prototype: Blob;
  new (parts?: BlobPart[], options?: { type?: string }): Blob;
};

interface ReadableStream<R> {
  getReader(): ReadableStreamDefaultReader<R>;
  getReader(options: { mode: 'byob' }): ReadableStreamBYOBReader;
  pipeThrough<T>(pair: {
    readonly readable: ReadableStream<T>;
    readonly writable: WritableStream<R>;
  }): ReadableStream<T>;
}
interface ReadableStreamDefaultReader<R> {
  read(): Promise<{ done: false; value: R } | { done: true; value: undefined }>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}
interface ReadableStreamBYOBReader {
  read(
    view: Uint8Array<ArrayBuffer>,
  ): Promise<
    | { done: false; value: Uint8Array<ArrayBuffer> }
    | { done: true; value: Uint8Array<ArrayBuffer> | undefined }
  >;
  cancel(reason?: unknown): Promise<void>;
}
interface WritableStream<W> {
  getWriter(): { write(chunk: W): Promise<void>; close(): Promise<void> };
}

declare var CompressionStream: {
  new (format: 'deflate' | 'deflate-raw' | 'gzip'): {
    readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
    readonly writable: WritableStream<ArrayBuffer | ArrayBufferView<ArrayBuffer>>;
  };
};

interface TextDecoder {
  decode(input?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
declare var TextDecoder: {
  prototype: TextDecoder;
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder;
};
interface TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
  encodeInto(input: string, into: Uint8Array): { read: number; written: number };
}
declare var TextEncoder: { prototype: TextEncoder; new (): TextEncoder };

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare var AbortController: { prototype: AbortController; new (): AbortController };

declare function structuredClone<T>(value: T): T;
declare function atob(text: string): string;
declare function btoa(text: string): string;

declare namespace WebAssembly {
  interface Module {}
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  type ExportValue = Function | Memory;
  interface Instance {
    readonly exports: Record<string, ExportValue>;
  }
  var Module: {
    prototype: Module;
    new (bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>): Module;
  };
  var Instance: {
    prototype: Instance;
    new (module: Module, imports?: Record<string, Record<string, ExportValue>>): Instance;
  };
  var Memory: {
    prototype: Memory;
    new (size: { initial: number; maximum?: number; shared?: boolean }): Memory;
  };
  function compile(bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>): Promise<Module>;
  function validate(bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>): boolean;
}
