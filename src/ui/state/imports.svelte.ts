/** Looking a model up before anything of it is fetched: what there is, how large, and whether it fits. */
import { planFromHub, planFromUrl, nameInUrl } from '../../store/downloads/plan.ts';
import type { StoredDownload } from '../../store/downloads/record.ts';
import { parseAddress, type Address } from '../../store/hub/address.ts';
import { HubError, type Trouble } from '../../store/hub/errors.ts';
import { forecast, suggest, type Forecast, type Surroundings } from '../../store/hub/forecast.ts';
import { fetchRepository, type Repository } from '../../store/hub/repository.ts';
import type { Wait } from '../../store/hub/request.ts';
import { nameParts, variantsIn, type Variant } from '../../store/hub/variants.ts';
import { fetchWebFile } from '../../store/hub/web-file.ts';
import { problemOf, type Problem } from '../problem.ts';
import { announcer } from './announcer.svelte.ts';
import { devices } from './devices.svelte.ts';
import { downloads } from './downloads.svelte.ts';
import { access } from './imports-access.svelte.ts';
import { library } from './library.svelte.ts';

/** What was found: a repository with its variants, or a single file, which is its own only variant. */
export interface Found {
  readonly address: Address;
  readonly title: string;
  readonly repository?: Repository;
  readonly variants: readonly Variant[];
}

export type Look =
  | { readonly status: 'idle' }
  | { readonly status: 'looking' }
  | { readonly status: 'found'; readonly found: Found }
  | {
      readonly status: 'failed';
      readonly problem: Problem;
      readonly trouble: Trouble | undefined;
      /** The Hub that refused, which a token would be for. */
      readonly host: string;
    };

class Imports {
  typed = $state('');
  look = $state.raw<Look>({ status: 'idle' });
  wait = $state.raw<Wait | undefined>();
  /** Path of the variant that is marked. */
  chosen = $state('');
  readonly rows = $derived.by(() =>
    this.look.status === 'found' ? judged(this.look.found.variants) : [],
  );
  #stop: AbortController | undefined;

  /** Looks up what is typed. */
  async find(): Promise<void> {
    this.close();
    const stop = (this.#stop = new AbortController());
    this.look = { status: 'looking' };
    announcer.say(`Looking for ${this.typed} …`);
    void devices.find();
    try {
      const found = await this.#lookUp(stop.signal);
      if (stop !== this.#stop) return;
      this.look = { status: 'found', found };
      const asked = found.address.kind === 'hub' ? found.address.path : undefined;
      this.chosen = suggest(this.rows, asked)?.path ?? '';
    } catch (error) {
      if (stop === this.#stop) this.#fail(error);
    } finally {
      if (stop === this.#stop) this.wait = undefined;
    }
  }

  /** Forgets what was found, and stops looking. */
  close(): void {
    this.#stop?.abort();
    this.#stop = undefined;
    this.wait = undefined;
    this.look = { status: 'idle' };
  }

  /** Begins the download of the variant that is marked. */
  async get(): Promise<void> {
    const plan = this.#plan();
    if (!plan) return;
    this.close();
    this.typed = '';
    await downloads.begin(plan);
  }

  #plan(): StoredDownload | undefined {
    if (this.look.status !== 'found') return undefined;
    const { address, repository, variants } = this.look.found;
    const variant = variants.find(({ path }) => path === this.chosen);
    if (!variant) return undefined;
    if (repository) return planFromHub(repository, variant, Date.now());
    return address.kind === 'url' ? planFromUrl(address, variant.bytes, Date.now()) : undefined;
  }

  async #lookUp(signal: AbortSignal): Promise<Found> {
    const address = parseAddress(this.typed, access.host);
    const onWait = (wait: Wait | undefined): void => {
      if (!signal.aborted) this.wait = wait;
    };
    if (address.kind === 'url') {
      const { url, bytes } = await fetchWebFile(address.url, { signal, onWait });
      return { address, title: nameInUrl(url), variants: [onlyVariant(url, bytes)] };
    }
    const token = access.tokenFor(address.host);
    const context = { signal, onWait, ...(token === undefined ? {} : { token }) };
    const repository = await fetchRepository(address, context);
    return { address, title: address.repo, repository, variants: variantsIn(repository) };
  }

  #fail(error: unknown): void {
    const problem = problemOf('Nothing was found.', error);
    const trouble = error instanceof HubError ? error.trouble : undefined;
    this.look = { status: 'failed', problem, trouble, host: this.#hostTyped() };
    announcer.say(problem.text);
  }

  #hostTyped(): string {
    try {
      const address = parseAddress(this.typed, access.host);
      return address.kind === 'hub' ? address.host : access.host;
    } catch {
      return access.host;
    }
  }
}

const judged = (variants: readonly Variant[]): readonly (readonly [Variant, Forecast])[] => {
  const around = surroundings();
  return variants.map((variant) => [variant, forecast(variant, around)]);
};

function onlyVariant(url: string, bytes: number | undefined): Variant {
  const path = nameInUrl(url);
  const onnx = { path, url, bytes };
  return { path, ...nameParts(path), onnx, external: [], companions: [], bytes };
}

/** What this browser tells of the device; `deviceMemory` in GB, and rounded by it. */
function surroundings(): Surroundings {
  const memory = (navigator as { deviceMemory?: number }).deviceMemory;
  const webgpu = devices.found?.webgpu;
  const isUsable = webgpu?.available === true && !webgpu.software;
  return {
    ...(library.space ? { storage: library.space } : {}),
    // Chromium tells 8 for all that have more.
    ...(memory !== undefined && memory < 8 ? { memory: memory * 1e9 } : {}),
    ...(isUsable ? { webgpu: { bufferBytes: webgpu.limits.bufferBytes, f16: webgpu.f16 } } : {}),
  };
}

export const imports = new Imports();
