/** What to tell the user about an error, and whose fault it is. */

/** 1: the input, or the machine around it; 2: the command line. */
export interface Explanation {
  readonly message: string;
  readonly code: 1 | 2;
}

/** Words for the errors of the file system that a user can do something about. */
const system: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Make room and start again.',
  EDQUOT: 'Your share of the disk is full. Make room and start again.',
  EACCES: 'That folder may not be written to. Choose another one.',
  EPERM: 'That folder may not be written to. Choose another one.',
  EROFS: 'That disk is read-only. Choose another folder.',
  EMFILE: 'Too many files are open. Close other programs and start again.',
  ERR_BUFFER_TOO_LARGE: 'The result has more than 4.29 GB, which Node can’t put into one file.',
  ENAMETOOLONG: 'That name is too long for the file system. Choose a shorter one.',
};

/** Errors of this project say what to do themselves; others are put into words where they are known. */
export function explain(error: unknown): Explanation {
  if (!(error instanceof Error)) return { message: String(error), code: 1 };
  switch (error.name) {
    case 'UsageError':
    case 'RecipeError':
      return { message: error.message, code: 2 };
    case 'ModelError':
    case 'RuntimeError':
    case 'OverwriteError':
    case 'HubError':
    case 'StoreError':
      return { message: error.message, code: 1 };
    case 'NotReadableError':
      return {
        message: 'A file of the model changed or vanished while it was read. Start again.',
        code: 1,
      };
  }
  const known = 'code' in error ? system[String(error.code)] : undefined;
  if (known !== undefined) return { message: `${known} (${error.message})`, code: 1 };
  return {
    message: `This should not happen; please report it. ${error.stack ?? error.message}`,
    code: 1,
  };
}
