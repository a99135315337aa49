/** The elements of a plot's dots by their ids. They are no state: they are only asked to take the focus. */
export class DotElements {
  readonly #byId = new Map<string, SVGElement>();

  /** An attachment for the dot of this id. */
  keep(id: string): (element: SVGElement) => () => void {
    return (element) => {
      this.#byId.set(id, element);
      return () => {
        // A newer one may have taken its place.
        if (this.#byId.get(id) === element) this.#byId.delete(id);
      };
    };
  }

  focus(id: string): void {
    this.#byId.get(id)?.focus();
  }
}
