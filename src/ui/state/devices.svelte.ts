/** What models can run on here, found out when first asked. */
import type { Devices } from '../../bridge/side.ts';

/** Longer than this nobody shall look at a list of one device; ms. */
const patience = 3000;

class DeviceFinder {
  found = $state.raw<Devices | undefined>();
  problem = $state('');
  #asked = false;

  async find(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const [{ findDevices }, { whenCalm }] = await Promise.all([
        import('../../bridge/side.ts'),
        import('../../bridge/calm.ts'),
      ]);
      // A model that is being opened comes first.
      await whenCalm(patience);
      this.found = await findDevices();
      this.problem = '';
    } catch (error) {
      this.#asked = false;
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }
}

export const devices = new DeviceFinder();
