/** What this browser can run models on, and in plain words why not. */

/** The processor, through WebAssembly. */
export interface WasmDevice {
  readonly available: true;
  /** Threads that a session gets. */
  readonly threads: number;
  /** Whether the page is cross-origin isolated, without which there is one thread only. */
  readonly isolated: boolean;
}

/** The graphics adapter, through WebGPU. */
export type WebgpuDevice =
  | {
      readonly available: true;
      /** As the browser names it: vendor, architecture, description; whatever of it is known. */
      readonly adapter: string;
      /** The adapter is a program: right, and far slower than WASM. */
      readonly software: boolean;
      /** Whether shaders may compute in float16. */
      readonly f16: boolean;
      readonly limits: { readonly bufferBytes: number; readonly bindingBytes: number };
    }
  | { readonly available: false; readonly reason: string };

export interface Devices {
  readonly wasm: WasmDevice | { readonly available: false; readonly reason: string };
  readonly webgpu: WebgpuDevice;
}

/** Looks at both devices. Ask in a worker: sessions run there, and some browsers have WebGPU on pages only. */
export async function detectDevices(): Promise<Devices> {
  return { wasm: detectWasm(), webgpu: await detectWebgpu() };
}

/**
 * Threads for a session: half of what the machine runs at once, so that the threads of two models
 * that run in turns, which wait by spinning, never want more than it has; 1 without isolation.
 */
export function threadCount(): number {
  if (!crossOriginIsolated) return 1;
  return Math.max(1, Math.min(4, Math.ceil(navigator.hardwareConcurrency / 2)));
}

function detectWasm(): Devices['wasm'] {
  if (!WebAssembly.validate(simdModule)) {
    const reason = 'This browser has no WebAssembly SIMD, which running models needs. Update it.';
    return { available: false, reason };
  }
  return { available: true, threads: threadCount(), isolated: crossOriginIsolated };
}

/** Looks at WebGPU alone. */
export async function detectWebgpu(): Promise<WebgpuDevice> {
  const unavailable = (reason: string): WebgpuDevice => ({ available: false, reason });
  if (!isSecureContext) {
    return unavailable('WebGPU needs a secure page; this one came over plain http. Use https.');
  }
  // The type says that it is always there; browsers differ.
  const gpu = (navigator as Partial<Navigator>).gpu;
  if (!gpu) {
    return unavailable('This browser offers no WebGPU, or it is switched off in its settings.');
  }
  try {
    const adapter = await gpu.requestAdapter();
    return adapter
      ? described(adapter)
      : unavailable(
          'This browser has WebGPU but found no graphics adapter that it may use: there is none, or its driver is blocked, or hardware acceleration is switched off.',
        );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return unavailable(`The browser refused to give a graphics adapter: ${message}`);
  }
}

function described({ info, features, limits }: GPUAdapter): WebgpuDevice {
  const names = [info.vendor, info.architecture, info.description].filter((name) => name !== '');
  return {
    available: true,
    adapter: names.join(' ') || 'unnamed adapter',
    software: info.isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(names.join(' ')),
    f16: features.has('shader-f16'),
    limits: {
      bufferBytes: limits.maxBufferSize,
      bindingBytes: limits.maxStorageBufferBindingSize,
    },
  };
}

/** The smallest module with a SIMD instruction: a function that makes a vector of zeros and drops it. */
const simdModule = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  ...[10, 9, 1, 7, 0, 65, 0, 0xfd, 15, 0x1a, 11],
);
