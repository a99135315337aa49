/** Takes turns, where two things at once would disturb each other. */

/** Runs each job when all jobs before it are done, whatever came of them. Gives what the job gives. */
export function createTurns(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const mine = last.then(job, job);
    last = mine;
    return mine;
  };
}
