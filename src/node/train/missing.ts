/** A file that need not be there. */

/** For `catch`: undefined where the file does not exist. Errors: any other one as it came. */
export function undefinedWhereMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
