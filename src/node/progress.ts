/** Progress on the standard error stream: one line rewritten on a terminal, plain lines elsewhere. */

export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressLine {
  /** Says what goes on. Off a terminal a line appears only when `phase` changes. */
  update(phase: string, detail?: string): void;
  /** Leaves a clean line behind. */
  clear(): void;
}

/** Nothing at all where `quiet`. */
export function progressLine(stream: TextStream, quiet: boolean): ProgressLine {
  if (quiet) return { update: () => undefined, clear: () => undefined };
  return stream.isTTY ? rewritten(stream) : plain(stream);
}

function rewritten(stream: TextStream): ProgressLine {
  const erase = '\r\u001b[2K';
  let shown = '';
  return {
    update(phase, detail = '') {
      const text = Array.from(`${phase} ${detail}`.trimEnd());
      const line = text.slice(0, (stream.columns ?? 80) - 1).join('');
      if (line === shown) return;
      shown = line;
      stream.write(erase + line);
    },
    clear() {
      if (shown !== '') stream.write(erase);
      shown = '';
    },
  };
}

function plain(stream: TextStream): ProgressLine {
  let shown = '';
  return {
    update(phase) {
      if (phase === shown) return;
      shown = phase;
      stream.write(`${phase}\n`);
    },
    clear: () => undefined,
  };
}
