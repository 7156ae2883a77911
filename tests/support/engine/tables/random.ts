import { createHash } from 'node:crypto';
import type { Asked, ModelTable } from '../model.ts';

/** The random provider: what it makes is the same for one URN, so that two runs of a test agree. */
export const random: ModelTable = {
  'random:index/randomPassword:RandomPassword': {
    requires: ['length'],
    replacedBy: ['length', 'special', 'keepers', 'minLower', 'minUpper', 'minNumeric'],
    id: () => 'none',
    answers: (made) => ({ result: letters(made, Number(made.inputs.length)), bcryptHash: `$2a$10$${letters(made, 53)}` }),
  },
  'random:index/randomId:RandomId': {
    requires: ['byteLength'],
    replacedBy: ['byteLength', 'keepers', 'prefix'],
    id: (asked) => letters(asked, 11),
    answers: (made) => ({ hex: hexOf(made, Number(made.inputs.byteLength)) }),
  },
  'random:index/randomString:RandomString': {
    requires: ['length'],
    replacedBy: ['length', 'special', 'upper', 'keepers'],
    id: (asked) => letters(asked, Number(asked.inputs.length)),
    answers: ({ id }) => ({ result: id }),
  },
};

function hexOf({ newId }: Asked, bytes: number): string {
  return createHash('sha512')
    .update(newId('random'))
    .digest('hex')
    .slice(0, bytes * 2);
}

function letters({ newId }: Asked, length: number): string {
  const text = createHash('sha512')
    .update(newId('random'))
    .digest('hex')
    .replace(/[^a-z]/g, 'k');
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}
