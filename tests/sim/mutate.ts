/** To be imported before everything else: changes the source named by HOSTBEAT_SIM_MUTANT as it is loaded. */
import { registerHooks } from 'node:module';
import { MUTANTS } from '../mutants/faults/simulation.ts';
import { mutated } from '../mutants/mutant.ts';

const wanted = process.env.HOSTBEAT_SIM_MUTANT;
const mutant = MUTANTS.find(({ promise }) => promise === wanted);
if (mutant === undefined) throw new Error(`there is no mutant "${wanted}"`);
const url = new URL(`../../${mutant.file}`, import.meta.url).href;

registerHooks({
  load(address, context, nextLoad) {
    const loaded = nextLoad(address, context);
    return address === url ? { ...loaded, source: mutated(String(loaded.source), mutant) } : loaded;
  },
});
