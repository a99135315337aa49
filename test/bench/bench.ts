/** One line of a benchmark's table: column → figure. Figures carry their unit in the column's name. */
export type Row = Readonly<Record<string, string | number>>;

/** What a `*.bench.ts` file default-exports. It starts and ends what it needs, browsers included. */
export interface Bench {
  readonly name: string;
  run(): Promise<Row[]>;
}
