/** The options that searches share. */

export const ratioOption = {
  type: 'number',
  label: 'Times smaller',
  help: 'The original’s bytes divided by those of the result.',
  default: 8,
  min: 1.1,
  max: 32,
  step: 0.1,
  integer: false,
} as const;

export const megabytesOption = {
  type: 'number',
  label: 'Megabytes',
  help: 'The largest file that will do, in millions of bytes.',
  default: 2,
  min: 0.001,
  max: 100_000,
  step: 0.001,
  integer: false,
} as const;

export const lossGoalOption = {
  type: 'number',
  label: 'Loss',
  help: 'The most that the answers may lose on average: KL divergence in nats where they are scores of classes, squared error relative to the answers elsewhere.',
  default: 0.01,
  min: 0.000_001,
  max: 10,
  step: 0.000_001,
  integer: false,
} as const;

export const methodOption = {
  type: 'choice',
  label: 'Rounding',
  help: 'How the chosen bits are rounded to: the best scales for each block, or GPTQ, which also lets later weights make up for the errors of earlier ones.',
  default: 'search-fit',
  choices: [
    { value: 'search-fit', label: 'grid fit' },
    { value: 'gptq', label: 'GPTQ' },
  ],
} as const;

export const lowestOption = {
  type: 'choice',
  label: 'Fewest bits',
  help: 'No weight gets fewer bits than this. 2 bits serve layers that hardly matter; most models need healing afterwards.',
  default: 2,
  choices: [
    { value: 8, label: '8 bits' },
    { value: 4, label: '4 bits' },
    { value: 2, label: '2 bits' },
  ],
} as const;

export const measureOption = {
  type: 'choice',
  label: 'Runs',
  help: 'Run every width of every unit, or one width of each with the others estimated from the error of the weights: a third of the time, and less exact.',
  default: 'every',
  choices: [
    { value: 'every', label: 'every width' },
    { value: 'once', label: 'one width' },
  ],
} as const;

export const countOption = {
  type: 'choice',
  label: 'Bytes that count',
  help: 'Those of the file as runtimes load it, or those of the download after entropy coding, where rare codes take more bits than frequent ones.',
  default: 'stored',
  choices: [
    { value: 'stored', label: 'the file’s' },
    { value: 'coded', label: 'the coded download’s' },
  ],
} as const;
