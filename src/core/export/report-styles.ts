/** The look of report.html: paper and ink, the page's two colors, light and dark. */
export const styles = `
:root { --paper: #fcfcfa; --ink: #1a1a1a; --soft: #5c5c5c; --line: #d9d9d4; --original: #0072b2; --compressed: #b34e00; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #161616; --ink: #ececec; --soft: #a8a8a8; --line: #3a3a3a; --original: #56b4e9; --compressed: #ff9e5e; }
}
body { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { margin: 0; color: var(--compressed); font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 0.5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 1.125rem; }
h3 { margin: 1rem 0 0; font-size: 1rem; }
p, ul { margin: 0.5rem 0; }
.from { margin: 0; color: var(--original); overflow-wrap: anywhere; }
.change { margin: 0.5rem 0 0; font-size: 3rem; font-weight: 700; line-height: 1.1; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
th, td { padding: 0.375rem 0.75rem 0.375rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
th { font-weight: 400; }
thead th { color: var(--soft); }
tbody th { overflow-wrap: anywhere; }
td { white-space: nowrap; }
summary { cursor: pointer; }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid var(--line); border-radius: 8px; font: 0.875rem/1.4 ui-monospace, monospace; }
footer { margin-top: 2rem; color: var(--soft); font-size: 0.875rem; }
@media print { details > * { display: block; } }
`;
