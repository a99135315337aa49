/** Connections on which nothing comes any more. */

/** What `reading` gives, or an error where it gives nothing for so long. */
export async function unlessStalled<T>(reading: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('Nothing came any more.'));
    }, milliseconds);
  });
  try {
    return await Promise.race([reading, stalled]);
  } finally {
    clearTimeout(timer);
  }
}
