import fc from 'fast-check';

// A property that fails says its seed and path. With both it runs once more, on that one counterexample:
// PROPERTY_SEED=-1380 PROPERTY_PATH=3:1:0 npx mocha FILE -g 'name of the test'
const { PROPERTY_SEED, PROPERTY_PATH } = process.env;
if (PROPERTY_SEED !== undefined) fc.configureGlobal({ seed: Number(PROPERTY_SEED), ...(PROPERTY_PATH && { path: PROPERTY_PATH }) });
