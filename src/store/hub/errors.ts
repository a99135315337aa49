/** What goes wrong between this page and a server that has a model. */

/** Told apart where the page offers a remedy of its own: a field for a token, a button to try again. */
export type Trouble =
  /** What was typed is no address. */
  | 'address'
  /** Nothing answered. */
  | 'offline'
  /** The server forbids pages of other sites to read the file. */
  | 'refused'
  /** The owner of the model asks visitors to accept terms first. */
  | 'gated'
  /** The token is wrong, or may not read this. */
  | 'token'
  | 'missing'
  /** Too many requests. */
  | 'busy'
  /** The server failed, or answered what nobody understands. */
  | 'server'
  /** What arrived is not what was announced. */
  | 'damaged';

/** An address, a server or what it sent is at fault. The message says what to do. */
export class HubError extends Error {
  override name = 'HubError';
  readonly trouble: Trouble;

  constructor(trouble: Trouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}
