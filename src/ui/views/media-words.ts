/** Why a camera or a microphone can't be used, and what to do. */

/** Of what `getUserMedia` rejected with. */
export function mediaProblem(error: unknown, device: 'camera' | 'microphone'): string {
  const name = error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return `The browser does not allow the ${device} here. Allow it in the site settings beside the address, then try again. Nothing leaves this tab.`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `No ${device} was found. Connect one and try again, or choose a file.`;
    case 'NotReadableError':
    case 'AbortError':
      return `The ${device} did not start. Close other programs that use it, then try again.`;
    default: {
      const why = error instanceof Error ? error.message : String(error);
      return `The ${device} did not start: ${why}. Choose a file instead.`;
    }
  }
}

/** What is said where the browser has no way to ask for one at all. */
export const noMedia = (device: 'camera' | 'microphone'): string =>
  `This browser gives no page served in this way a ${device}; it does so over https and on localhost. Choose a file instead.`;
