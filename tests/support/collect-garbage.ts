import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Frees what nobody holds any more, so that what is measured next is not the garbage of an earlier test. */
export function collectGarbage(): void {
  // The bytes of buffers go a collection later than the objects that held them.
  for (let pass = 0; pass < 2; pass++) collect();
}
