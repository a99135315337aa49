/** Little HTML: text is escaped unless it was made here. */

/** Text that is HTML already. */
export interface Html {
  readonly text: string;
}

const signs: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text in which nothing is markup, in content and in quoted attributes alike. */
export const escaped = (text: string): string =>
  // Signs that turn the direction of writing could make a name read as what it is not; control characters show as nothing.
  text
    .replace(/[&<>"']/g, (sign) => signs[sign] ?? '')
    .replace(/[\u202a-\u202e\u2066-\u2069]|(?![\t\n\r])\p{Cc}/gu, '');

export const raw = (text: string): Html => ({ text });

/** A template whose strings are escaped and whose HTML is not. */
export const html = (parts: TemplateStringsArray, ...values: readonly (string | Html)[]): Html =>
  raw(
    parts
      .map((part, index) => {
        const value = values[index];
        if (value === undefined) return part;
        return part + (typeof value === 'string' ? escaped(value) : value.text);
      })
      .join(''),
  );

export const list = (items: readonly Html[]): Html => raw(items.map(({ text }) => text).join('\n'));

/** A table that scrolls sideways by itself where the window is narrow. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): Html {
  const heads = list(head.map((text) => html`<th scope="col">${text}</th>`));
  const body = rows.map(([first = '', ...rest]) => {
    const cells = list(rest.map((text) => html`<td>${text}</td>`));
    return html`<tr>
      <th scope="row">${first}</th>
      ${cells}
    </tr>`;
  });
  return html`<div class="table" tabindex="0">
    <table>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${list(body)}
      </tbody>
    </table>
  </div>`;
}
