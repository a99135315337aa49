/**
 * Which Hub is asked, and with whose token. The address is remembered; the token lives as long as the
 * page, unless the visitor wants it kept, and goes to no other server than the one it was given for.
 */
import { parseHub, publicHub } from '../../store/hub/address.ts';

const hostKey = 'scrunch:hub';
const tokenKey = 'scrunch:hub-token';

class HubAccess {
  host = $state(publicHub);
  /** Whether there is a token for `host`. */
  readonly hasToken = $derived.by(() => this.tokenFor(this.host) !== undefined);
  /** Whether this browser keeps the token. */
  kept = $state(false);
  #token = $state.raw<{ readonly host: string; readonly token: string } | undefined>();

  constructor() {
    const host = remembered(hostKey);
    if (host !== null) this.#setHost(host);
    this.#readToken(remembered(tokenKey));
  }

  tokenFor(host: string): string | undefined {
    return this.#token?.host === host ? this.#token.token : undefined;
  }

  /** Errors: HubError where it is no address. */
  setHost(typed: string): void {
    this.host = parseHub(typed);
    remember(hostKey, this.host === publicHub ? undefined : this.host);
  }

  setToken(typed: string, host: string, keep: boolean): void {
    // What can't stand in a header can't be a token.
    const token = typed.replace(/[^\x21-\x7e]/g, '');
    if (token === '') return;
    this.#token = { host, token };
    this.kept = keep;
    remember(tokenKey, keep ? JSON.stringify(this.#token) : undefined);
  }

  forgetToken(): void {
    this.#token = undefined;
    this.kept = false;
    remember(tokenKey, undefined);
  }

  #setHost(stored: string): void {
    try {
      this.host = parseHub(stored);
    } catch {
      // Written by something else; the public Hub it is.
    }
  }

  #readToken(stored: string | null): void {
    if (stored === null) return;
    try {
      const { host, token } = JSON.parse(stored) as Record<string, unknown>;
      if (typeof host !== 'string' || typeof token !== 'string') return;
      this.#token = { host, token };
      this.kept = true;
    } catch {
      // Written by something else.
    }
  }
}

// Windows without storage throw; then it lasts as long as the page.
function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}

export const access = new HubAccess();
