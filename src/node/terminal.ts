/** The process as the command line sees it. */
import type { Io } from './commands/command.ts';

/**
 * Standard streams, and a signal for the first interruption that finds nothing gentler to do; one more
 * ends the process at once.
 * npm runs a script in the project's folder: relative paths mean the folder where it was called.
 */
export function processIo(): Io {
  const controller = new AbortController();
  let gentler = (): boolean => false;
  const interrupt = (): void => {
    if (gentler()) return;
    process.off('SIGINT', interrupt);
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.once('SIGTERM', () => controller.abort());
  // A reader that has seen enough (`| head`) closes the pipe; that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const called = process.env['npm_lifecycle_event'] === 'scrunch' && process.env['INIT_CWD'];
  const { stdout, stderr } = process;
  return {
    stdout,
    stderr,
    signal: controller.signal,
    onInterrupt: (asked) => void (gentler = asked),
    cwd: called || process.cwd(),
  };
}
