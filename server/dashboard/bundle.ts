import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

export interface Bundle {
  readonly html: string;
  /** The content security policy: the page may run its own script, show its own style and call its own server, nothing else. */
  readonly contentSecurityPolicy: string;
}

const place = (file: string) => fileURLToPath(new URL(`./page/${file}`, import.meta.url));

/** The page as one file that loads nothing else. Building it takes some tens of milliseconds in a child process. */
export async function bundlePage(): Promise<Bundle> {
  const [frame, css, { outputFiles }] = await Promise.all([
    readFile(place('index.html'), 'utf8'),
    readFile(place('style.css'), 'utf8'),
    build({ entryPoints: [place('main.ts')], bundle: true, minify: true, format: 'iife', write: false }),
  ]);
  const style = (await transform(css, { loader: 'css', minify: true })).code.trim();
  const script = (outputFiles[0]?.text ?? '').trim().replaceAll('</script', '<\\/script');
  return {
    html: frame
      .replace('<!-- style -->', () => `<style>${style}</style>`)
      .replace('<!-- script -->', () => `<script>${script}</script>`),
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src '${hashOf(script)}'`,
      `style-src '${hashOf(style)}'`,
      "connect-src 'self'",
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
  };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
