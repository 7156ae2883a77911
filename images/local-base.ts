import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const PASSWD = 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n';
const GROUP = 'root:x:0:\nnonroot:x:65532:\n';

/**
 * Writes a root file system with Node and what it links to, and nothing else: no shell, no package manager. Linux only.
 * @param node the binary; the `node` package's, so that images run what the tests run
 * @returns the folder that base.Dockerfile takes as its context
 */
export function writeLocalBase(node: string, dir: string): string {
  const root = join(dir, 'rootfs');
  rmSync(dir, { recursive: true, force: true });
  const put = (from: string, to: string) => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    cpSync(realpathSync(from), join(root, to));
  };
  put(node, '/nodejs/bin/node');
  for (const library of librariesOf(node)) put(library, library);
  put(CERTIFICATES, CERTIFICATES);
  mkdirSync(join(root, 'home/nonroot'), { recursive: true });
  mkdirSync(join(root, 'tmp'), { mode: 0o1777 });
  writeFileSync(join(root, 'etc/passwd'), PASSWD);
  writeFileSync(join(root, 'etc/group'), GROUP);
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
  return dir;
}

/** What the loader names, what native packages link to besides, and what the C library loads by itself to look up hosts. */
function librariesOf(program: string): string[] {
  const { stdout, status } = spawnSync('ldd', [program], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ldd ${program} ended with ${status}: a local base is made on Linux with glibc`);
  const linked = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path as string);
  const folder = dirname(linked.find((path) => path.includes('/libc.so')) as string);
  return [
    ...linked,
    ...readdirSync(folder)
      .filter((name) => /^lib(nss_(dns|files)|resolv|rt|util)\.so\.[12]$/.test(name))
      .map((name) => join(folder, name)),
  ];
}
