import { withBase } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import { h, onMounted, ref } from 'vue';

let loading;

/** The library of drawings, loaded by the first page that has one. */
function mermaid() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = withBase('/files/mermaid.js');
    script.onload = () => resolve(globalThis.mermaid);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

let drawn = 0;

const Mermaid = {
  props: { code: { type: String, required: true } },
  setup(props) {
    const svg = ref('');
    const code = decodeURIComponent(props.code);
    onMounted(async () => {
      const library = await mermaid();
      const isDark = document.documentElement.classList.contains('dark');
      library.initialize({ startOnLoad: false, htmlLabels: false, theme: isDark ? 'dark' : 'neutral' });
      drawn += 1;
      svg.value = (await library.render(`drawing-${drawn}`, code)).svg;
    });
    // Without scripts the text of the drawing is read.
    return () => (svg.value === '' ? h('pre', code) : h('div', { innerHTML: svg.value }));
  },
};

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('Mermaid', Mermaid);
  },
};
