/** Light or dark: the system's choice until the visitor makes one. */
type Scheme = 'light' | 'dark';

const key = 'scrunch:theme';

class Theme {
  #system = $state<Scheme>('light');
  #chosen = $state<Scheme | undefined>();
  /** What is shown now. */
  readonly shown = $derived(this.#chosen ?? this.#system);

  /** Follows the system, and applies what the visitor chose before. */
  start(): void {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => {
      this.#system = dark.matches ? 'dark' : 'light';
    };
    dark.addEventListener('change', follow);
    follow();
    const stored = remembered();
    if (stored === 'light' || stored === 'dark') this.#choose(stored);
  }

  /** Shows the other one; back at the system's choice nothing is remembered. */
  toggle(): void {
    const next = this.shown === 'dark' ? 'light' : 'dark';
    this.#choose(next === this.#system ? undefined : next);
    remember(this.#chosen);
  }

  #choose(scheme: Scheme | undefined): void {
    this.#chosen = scheme;
    if (scheme) document.documentElement.dataset['theme'] = scheme;
    else delete document.documentElement.dataset['theme'];
  }
}

// Windows without storage throw; then the choice lasts as long as the page.
function remembered(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(scheme: Scheme | undefined): void {
  try {
    if (scheme) localStorage.setItem(key, scheme);
    else localStorage.removeItem(key);
  } catch {
    return;
  }
}

export const theme = new Theme();
