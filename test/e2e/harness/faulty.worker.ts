/** A worker that comes to grief in every way that the page must notice. */
import { serve } from '../../../workers/serve.ts';

const never = new Promise<never>(() => undefined);

const api = {
  answer: (): number => 42,
  /** What a worker that reads its messages would obey. */
  stop: (): undefined => undefined,
  refuse: (): never => {
    throw Object.assign(new Error('the file is at fault'), { name: 'ModelError' });
  },
  /** An error that no call catches. */
  break(): Promise<never> {
    setTimeout(() => {
      throw new Error('out of order');
    });
    return never;
  },
  /** Ends without a word, as a worker does that the browser kills. */
  vanish(): Promise<never> {
    close();
    return never;
  },
  /** Never comes back, and never reads a message again. */
  spin(): never {
    for (;;);
  },
  /** Takes memory until there is none. */
  devour(): Promise<never> {
    const taken: WebAssembly.Memory[] = [];
    for (;;) taken.push(new WebAssembly.Memory({ initial: 65536 }));
  },
};

export type FaultyApi = typeof api;
serve(api);
