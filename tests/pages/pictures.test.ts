/** The recording of a terminal in README. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { terminalSvg } from '../browser/pictures/terminal-svg.ts';

const test = suite('pictures');
const ESCAPE = String.fromCharCode(27);

test('a line appears at its time, in its colours, and cannot break the picture', () => {
  const text = `   acme ${ESCAPE}[32mUP${ESCAPE}[0m -> ${ESCAPE}[31;1mDOWN${ESCAPE}[0m <b>&\r${ESCAPE}[2K`;
  const svg = terminalSvg([{ at: 1.5, text }], 'a <title>');
  assert.match(svg, 'animation-delay:1.50s');
  assert.match(
    svg,
    '>   acme <tspan class="green">UP</tspan> -&gt; <tspan class="red b">DOWN</tspan> &lt;b&gt;&amp;</text>',
  );
  assert.match(svg, '<title>a &lt;title&gt;</title>');
  assert.not.match(svg, ESCAPE);
});

test('the recording shows the steps of the demo as it is now', () => {
  const story = readFileSync('server/cli/demo/story.ts', 'utf8');
  const titles = [...story.matchAll(/page\.(?:title|step)\(\s*[`'"]([^`'"$]{10,40})/g)].map(
    ([, title]) => title ?? '',
  );
  assert.ok(titles.length > 0, 'the story has steps');
  const svg = readFileSync('docs/pictures/demo.svg', 'utf8');
  for (const title of titles) assert.match(svg, title.replaceAll('&', '&amp;'));
});

test.run();
