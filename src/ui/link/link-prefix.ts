/** What the address' hash of a link begins with: known before the code that reads links is. */
export const linkPrefix = '#/open?';
