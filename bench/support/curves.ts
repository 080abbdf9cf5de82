/** A figure with lines over logarithmic axes, as an SVG that reads on light and dark pages. */

export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Figure {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly curves: readonly Curve[];
}

const WIDTH = 640;
const HEIGHT = 360;
const INSIDE = { left: 64, right: 616, top: 48, bottom: 296 };
const COLOURS = ['#3b82f6', '#d97706', '#10b981', '#e11d48'];

export function drawn({ title, xLabel, yLabel, curves }: Figure): string {
  const points = curves.flatMap((curve) => curve.points);
  const x = axis(
    points.map((point) => point.x),
    INSIDE.left,
    INSIDE.right,
  );
  const y = axis(
    points.map((point) => point.y),
    INSIDE.bottom,
    INSIDE.top,
  );
  const parts = [
    ...x.ticks.map((value) => line(x.at(value), INSIDE.top, x.at(value), INSIDE.bottom)),
    ...y.ticks.map((value) => line(INSIDE.left, y.at(value), INSIDE.right, y.at(value))),
    ...x.ticks.map((value) => words(x.at(value), INSIDE.bottom + 18, 'middle', short(value))),
    ...y.ticks.map((value) => words(INSIDE.left - 8, y.at(value) + 4, 'end', short(value))),
    words(WIDTH / 2, 24, 'middle', title, 15),
    words((INSIDE.left + INSIDE.right) / 2, HEIGHT - 24, 'middle', xLabel),
    words(INSIDE.left, INSIDE.top - 10, 'start', yLabel),
    ...curves.flatMap((curve, n) => drawnCurve(curve, n, (point) => [x.at(point.x), y.at(point.y)])),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}" font-family="sans-serif">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`;
}

function drawnCurve(
  { name, points }: Curve,
  n: number,
  place: (point: Curve['points'][number]) => number[],
): string[] {
  const colour = COLOURS[n % COLOURS.length];
  const places = points.map((point) =>
    place(point)
      .map((value) => value.toFixed(1))
      .join(','),
  );
  const legend = INSIDE.bottom + 18 + 18;
  const start = INSIDE.left + n * 180;
  return [
    `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...places.map(
      (at) => `<circle cx="${at.split(',')[0]}" cy="${at.split(',')[1]}" r="3" fill="${colour}"/>`,
    ),
    `<rect x="${start}" y="${legend + 12}" width="12" height="4" fill="${colour}"/>`,
    words(start + 18, legend + 18, 'start', name),
  ];
}

/** From the power of ten below the least value to the one above the greatest. */
function axis(values: readonly number[], from: number, to: number) {
  const least = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  return {
    at: (value: number) => from + ((Math.log10(value) - least) / (most - least)) * (to - from),
    ticks: Array.from({ length: most - least + 1 }, (_, n) => 10 ** (least + n)),
  };
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#d4d4d8" stroke-width="1"/>`;
}

function words(x: number, y: number, anchor: string, text: string, size = 12): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}" fill="#27272a">${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1e3) return `${value / 1e3} k`;
  return String(Number(value.toPrecision(3)));
}
