/** What models can run on here, found out when first asked. */
import type { Devices } from '../../bridge/side.ts';

class DeviceFinder {
  found = $state.raw<Devices | undefined>();
  problem = $state('');
  #asked = false;

  async find(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const { findDevices } = await import('../../bridge/side.ts');
      this.found = await findDevices();
      this.problem = '';
    } catch (error) {
      this.#asked = false;
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }
}

export const devices = new DeviceFinder();
