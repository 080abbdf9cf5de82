/** To be imported before everything else: changes the source named by HOSTBEAT_SIM_MUTANT as it is loaded. */
import { registerHooks } from 'node:module';
import { MUTANTS } from './mutants.ts';

const mutant = MUTANTS.find(({ name }) => name === process.env.HOSTBEAT_SIM_MUTANT);
if (mutant === undefined) throw new Error(`there is no mutant "${process.env.HOSTBEAT_SIM_MUTANT}"`);
const url = new URL(`../../${mutant.file}`, import.meta.url).href;

registerHooks({
  load(address, context, nextLoad) {
    const loaded = nextLoad(address, context);
    if (address !== url) return loaded;
    let source = String(loaded.source);
    for (const [find, replace] of mutant.edits) {
      const parts = source.split(find);
      if (parts.length !== 2)
        throw new Error(`${mutant.file} holds ${parts.length - 1} times, and not once: ${find}`);
      source = parts.join(replace);
    }
    return { ...loaded, source };
  },
});
