/**
 * Measures the memory of WebAssembly in this worker. onnxruntime does not say how large its heap is,
 * but it makes the heap with `WebAssembly.Memory`, and that can be watched.
 */
const memories: WebAssembly.Memory[] = [];
let watching = false;

/** Counts every memory made from now on; call it before what makes them is loaded. */
export function watchHeap(): void {
  if (watching) return;
  watching = true;
  WebAssembly.Memory = class extends WebAssembly.Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
}

/** Bytes of all memories since `watchHeap`. They grow and never shrink until the worker ends. */
export const heapBytes = (): number =>
  memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
