/** What of a model is looked at closely. */
export type InspectSection = 'model' | 'graph' | 'bytes' | 'weights' | 'changes' | 'difference';

export class Inspecting {
  section = $state<InspectSection>('model');
  /** Key of the weight, in the original, that is looked at; '' for none. */
  weight = $state('');
  readonly #show: () => void;

  /** `show` brings the panel into view. */
  constructor(show: () => void) {
    this.#show = show;
  }

  /** Opens a weight of the original from anywhere on the page. */
  open(weight: string): void {
    this.weight = weight;
    this.section = 'weights';
    this.#show();
  }
}
