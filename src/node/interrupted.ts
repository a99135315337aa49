/** The user stopped what can be gone on with: the message says how. Its name makes it an interruption like others. */
export class Interrupted extends Error {
  override name = 'AbortError';
}
