import { startLocalStore } from '@tallyship/upload-api/local-store';
import { STORE_CREDENTIALS } from './running-api.ts';

// A local store as a process of its own, to be killed: DIR PORT.
const [, , dir, port] = process.argv;
const { url } = await startLocalStore({ dir, host: '127.0.0.1', port: Number(port), credentials: STORE_CREDENTIALS });
console.log(`ready ${url}`);
