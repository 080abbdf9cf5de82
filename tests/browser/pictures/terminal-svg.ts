/** A recording of a terminal as one SVG that plays by itself: each line appears when it was printed. Pure. */

export interface RecordedLine {
  /** Seconds since the command was started. */
  readonly at: number;
  /** With the escape sequences that set colours. */
  readonly text: string;
}

const WIDTH = 8.4;
const HEIGHT = 19;
const MARGIN = 16;
const FEWEST_COLUMNS = 80;

/** What the sequences that hostbeat prints set, readable on a dark ground. */
const STYLES: Readonly<Record<string, string>> = {
  1: 'b',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  36: 'cyan',
  90: 'dim',
};

const CSS = `text{font:14px/1 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9;white-space:pre}
.b{font-weight:bold;fill:#fff}.dim{fill:#8b94a5}.red{fill:#ff6b6b;font-weight:bold}.green{fill:#7bd88f}.yellow{fill:#f7c65a}.cyan{fill:#6cc5e0}
.l{animation:s 1ms both}@keyframes s{from{visibility:hidden}to{visibility:visible}}@media(prefers-reduced-motion){.l{animation:none}}`;

/** @param title for readers who cannot see it */
export function terminalSvg(lines: readonly RecordedLine[], title: string): string {
  const columns = lines.map(({ text }) => [...plain(text)].length);
  const width = Math.round(Math.max(FEWEST_COLUMNS, ...columns) * WIDTH + 2 * MARGIN);
  const height = lines.length * HEIGHT + 2 * MARGIN;
  const rows = lines.map(({ at, text }, n) => {
    const y = MARGIN + 14 + n * HEIGHT;
    return `<text class="l" x="${MARGIN}" y="${y}" style="animation-delay:${at.toFixed(2)}s">${spans(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img"><title>${escaped(title)}</title><style>${CSS}</style><rect width="100%" height="100%" rx="8" fill="#1f2430"/>
${rows.join('\n')}
</svg>
`;
}

const ESCAPE = String.fromCharCode(27);
const COLOUR = new RegExp(`${ESCAPE}\\[([\\d;]*)m`);
const OTHER = new RegExp(`${ESCAPE}\\[[\\d;?]*[A-Za-ln-z]|\\r`, 'g');

function plain(text: string): string {
  return text.replace(OTHER, '').replaceAll(new RegExp(COLOUR, 'g'), '');
}

function spans(text: string): string {
  // Odd parts are the numbers of a sequence.
  const parts = text.replace(OTHER, '').split(COLOUR);
  let style = '';
  return parts
    .map((part, n) => {
      if (n % 2 === 1) {
        style = part
          .split(';')
          .map((number) => STYLES[number] ?? '')
          .filter(Boolean)
          .join(' ');
        return '';
      }
      if (part === '') return '';
      return style === '' ? escaped(part) : `<tspan class="${style}">${escaped(part)}</tspan>`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
