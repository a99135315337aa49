/** The file-type view's state: the file, its text where it has one, and what both models take it for. */
import type { ClassAnswer } from '../../tasks/classes.ts';
import type { FileTypeInfo, FileTypeInput } from '../../tasks/file-type.ts';
import { PlanRun } from './plan-run.svelte.ts';
import type { OpenTask, ViewProps } from './view.ts';

export type FileTypeTask = OpenTask<FileTypeInput, ClassAnswer, FileTypeInfo>;

/** Files up to this size are shown as text where they are text; bytes. */
const mostShown = 20_000;

export class FileRun {
  input = $state.raw<FileTypeInput | undefined>();
  /** What the file says; '' for one that is long, or no text. */
  text = $state('');
  readonly both: PlanRun<FileTypeInput, ClassAnswer>;
  #opening = 0;

  constructor(props: () => ViewProps<FileTypeTask>) {
    this.both = new PlanRun(props);
    const [first] = props().task.examples;
    if (first) void this.show(first.input);
  }

  /** Judges a file. Never rejects. */
  async show(input: FileTypeInput): Promise<void> {
    const opening = ++this.#opening;
    this.input = input;
    const running = this.run();
    const text = await textOf(input.bytes);
    if (opening === this.#opening) this.text = text;
    await running;
  }

  /** Judges text as it is typed: its name stays, which the models never see. */
  type(text: string): void {
    this.#opening++;
    this.text = text;
    this.input = { name: 'your text', bytes: new Blob([text]) };
    void this.run();
  }

  async run(): Promise<void> {
    if (this.input) await this.both.run(this.input);
  }

  stop(): void {
    this.#opening++;
    this.both.stop();
  }
}

async function textOf(bytes: Blob): Promise<string> {
  if (bytes.size > mostShown) return '';
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await bytes.arrayBuffer());
    return text.includes('\0') ? '' : text;
  } catch {
    return '';
  }
}
