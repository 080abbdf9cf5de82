import { defineConfig } from 'vitepress';
import { sidebar, sitePages } from '../pages.mjs';

export default defineConfig({
  title: 'hostbeat',
  description:
    'Heartbeats in, host_status out: notifies the owner of a server at once when its host is gone.',
  base: process.env.DOCS_BASE ?? '/',
  srcDir: 'pages',
  themeConfig: {
    search: { provider: 'local' },
    sidebar: sidebar(sitePages()),
    outline: 'deep',
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Protocol', link: '/protocol' },
      { text: 'Configuration', link: '/configuration' },
      { text: 'Changelog', link: '/changelog' },
    ],
  },
  markdown: {
    // Pages name things as <HOST>: that is text.
    html: false,
    // As the pages themselves link: the anchors of common viewers of Markdown.
    anchor: { slugify: slug },
    config: drawings,
  },
});

function slug(title) {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** A block of mermaid becomes a drawing, made in the reader's browser. */
function drawings(md) {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index];
    if (info.trim() !== 'mermaid') return fence(tokens, index, ...rest);
    return `<Mermaid code="${encodeURIComponent(content)}" />`;
  };
}
