/** The browser's storage is full, closed, or has lost something. The message says what to do. */
export class StoreError extends Error {
  override name = 'StoreError';
}
