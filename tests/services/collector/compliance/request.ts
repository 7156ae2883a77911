import { type Case, type Group, labels, point, refused } from './case.ts';

const series = [{ labels: labels('up'), samples: [point(1)] }];
/** The length that the block claims, and so everything behind it, is another one. */
const damage = (body: Buffer) => {
  body[0] = 0x30;
  return body;
};
const unsupported = (name: string, headers: Record<string, string>): Case => ({
  name,
  series,
  headers,
  damage,
  status: 415,
  written: '0,0,0',
});

export const REQUEST: Group[] = [
  {
    name: 'other content types, whatever the body holds',
    cases: ['application/json', 'image/png'].map((type) => unsupported(type, { 'content-type': type })),
  },
  {
    name: 'other content encodings, whatever the body holds',
    cases: ['gzip', 'deflate'].map((encoding) => unsupported(encoding, { 'content-encoding': encoding })),
  },
  { name: 'a damaged body', cases: [{ name: 'wrong length ahead of the block', series, damage, ...refused() }] },
];
