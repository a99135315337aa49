/** The report for people: one HTML file with its styles inside, no scripts, and nothing to load. */
import { formatBytes } from '../errors.ts';
import { techniques } from '../compress/techniques/index.ts';
import { stringifyRecipe } from '../compress/recipe.ts';
import { escaped, html, list, raw, table, type Html } from './html.ts';
import type { Report, ReportLatency, Score, Size } from './report.ts';
import { styles } from './report-styles.ts';

/** The whole file. Every name in it came from a model file, so all of them are escaped. */
export function reportHtml(report: Report): string {
  const { name, original, size } = report;
  const change = size.compressed.stored / size.original.stored - 1;
  const body = html` <header>
      <p class="from">${original.name}${original.source ? ` · ${original.source}` : ''}</p>
      <h1>${name}</h1>
      <p class="change">${percent(change)}</p>
      <p>${formatBytes(size.original.stored)} became ${formatBytes(size.compressed.stored)}.</p>
    </header>
    <main>
      ${section('Size', sizes(report))} ${section('Quality', quality(report.scores))}
      ${section('Latency', latency(report.latency))} ${section('What was done', steps(report))}
      ${section(
        'Recipe',
        html`<p>Scrunch makes the same file from the same model with it.</p>
          <pre><code>${stringifyRecipe(report.recipe)}</code></pre>`,
      )}
    </main>
    <footer><p>Written by Scrunch. The same figures as data: report.json.</p></footer>`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    // A report that is opened from a mail shall load nothing and run nothing, whatever is in it.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(`${name}: report`)}</title>`,
    `<style>${styles}</style>`,
    '</head>',
    `<body>${body.text}</body>`,
    '</html>',
    '',
  ].join('\n');
}

const section = (title: string, content: Html): Html =>
  html`<section>
    <h2>${title}</h2>
    ${content}
  </section>`;

/** `−84.2 %`. */
function percent(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const text = Math.abs(100 * share).toFixed(1);
  if (Number(text) === 0) return '±0 %';
  return `${share < 0 ? '−' : '+'}${text} %`;
}

function sizes({ size: { original, compressed } }: Report): Html {
  const roles = [
    ...new Set([original, compressed].flatMap(({ parts = [] }) => parts.map((part) => part.role))),
  ];
  const bytesOf = ({ parts = [] }: Size, role: string): number =>
    parts.find((part) => part.role === role)?.bytes ?? 0;
  const row = (label: string, before: number | undefined, after: number | undefined) =>
    before === undefined || after === undefined
      ? []
      : [
          [
            label,
            formatBytes(before),
            formatBytes(after),
            before === 0 ? '' : percent(after / before - 1),
          ],
        ];
  const rows = [
    ...roles.flatMap((role) =>
      row(role.replaceAll('-', ' '), bytesOf(original, role), bytesOf(compressed, role)),
    ),
    ...row('total stored', original.stored, compressed.stored),
    ...row('coded', original.coded || undefined, compressed.coded || undefined),
    ...row('as float32', original.float32Equivalent, compressed.float32Equivalent),
  ];
  return table(['Part', 'Original', 'Compressed', 'Change'], rows);
}

function quality(scores: readonly Score[]): Html {
  if (scores.length === 0) {
    return html`<p>
      Not measured. A small file says nothing of how good the answers are: try it on your own
      inputs.
    </p>`;
  }
  const rows = scores.map((score) => [
    score.label,
    score.original === undefined ? '' : figure(score, score.original),
    `${figure(score, score.compressed)}${score.interval ? ` (95 %: ${score.interval.map((end) => figure(score, end)).join(' to ')})` : ''}`,
    `${score.better} is better`,
    `${score.on}, n = ${score.n}${score.device ? `, on ${score.device}` : ''}`,
  ]);
  return table(['Figure', 'Original', 'Compressed', '', 'Measured on'], rows);
}

/** `97.3 %`, `0.0123 nats`. */
function figure({ unit }: Score, value: number): string {
  if (unit === 'share') return `${(100 * value).toFixed(1)} %`;
  const text = String(Number(value.toPrecision(3))).replace('Infinity', '∞');
  return unit === '' ? text : `${text} ${unit}`;
}

function latency(known: ReportLatency | undefined): Html {
  if (!known) return html`<p>Not measured.</p>`;
  const row = (label: 'original' | 'compressed') => {
    const { p50, p95, n } = known[label];
    const forms = Object.entries(known.forms?.[label] ?? {});
    return [
      label,
      `${p50.toPrecision(3)} ms`,
      `${p95.toPrecision(3)} ms`,
      String(n),
      known.device[label],
      forms.map(([form, count]) => `${count} × ${form}`).join(', '),
    ];
  };
  const head = ['Side', 'p50', 'p95', 'Runs', 'Device', 'Weights held as'];
  return html`${table(head, [row('original'), row('compressed')])}
    <p>${known.how}</p>`;
}

function steps({ steps: all }: Report): Html {
  if (all.length === 0) return html`<p>Nothing.</p>`;
  return list(
    all.map(({ step, changes, notes }, index) => {
      const rows = changes.map(({ key, role, before, after }) => [
        key,
        role,
        `${before.dtype} [${before.dims.join(', ')}]`,
        after.factors
          ? after.factors.map((dims) => `${after.dtype} [${dims.join(', ')}]`).join(' · ')
          : `${after.dtype} [${after.dims.join(', ')}]`,
        formatBytes(before.bytes),
        formatBytes(after.bytes),
      ]);
      const head = ['Weight', 'Role', 'Before', 'After', 'Bytes before', 'Bytes after'];
      const title = `${index + 1}. ${techniques[step.technique].label}`;
      const count = `${rows.length} ${rows.length === 1 ? 'weight' : 'weights'} changed`;
      return html`<h3>${title}</h3>
        <ul>
          ${list(notes.map((note) => html`<li>${note}</li>`))}
        </ul>
        ${
          rows.length > 0
            ? html`<details>
                <summary>${count}</summary>
                ${table(head, rows)}
              </details>`
            : raw(`<p>${count}.</p>`)
        }`;
    }),
  );
}
