import { cp, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { copyNativePackage } from './native-packages.ts';
import { ARCHITECTURES, type Architecture, SERVICE_IMAGES, type ServiceImage, type ServiceName } from './services.ts';

const ROOT = join(import.meta.dirname, '..');
/** Build contexts, one a service: an image's content hash changes with its own service alone. */
export const CONTEXTS = join(ROOT, 'dist/images');

/**
 * Writes the build context of a service's image: `app/`, the same for every architecture, and `native/<architecture>/`.
 * The same sources and lock file give the same bytes.
 * @returns the context's folder
 */
export async function bundleService(service: ServiceName, architectures: readonly Architecture[], contexts = CONTEXTS): Promise<string> {
  const context = join(contexts, service);
  const image: ServiceImage = SERVICE_IMAGES[service];
  await rm(context, { recursive: true, force: true });
  await bundleCode(join(ROOT, 'services', service, 'main.ts'), join(context, 'app/main.js'));
  // Without it Node would read the bundle twice to find out that it is a module.
  await writeFile(join(context, 'app/package.json'), '{ "type": "module" }\n');
  for (const [from, to] of Object.entries(image.files))
    await cp(join(ROOT, from), join(context, 'app', to), { recursive: true, filter: isServed });
  for (const architecture of architectures) {
    const modules = join(context, 'native', architecture, 'node_modules');
    // Also without native packages: a COPY of nothing fails.
    await mkdir(modules, { recursive: true });
    const names = image.natives.map((name) => name.replace('$arch', ARCHITECTURES[architecture]));
    for (const name of names) await copyNativePackage(ROOT, name, join(modules, name));
  }
  return context;
}

/** Folders, and files of the kinds that services read beside themselves: what else lies in such a folder stays out of the image. */
async function isServed(path: string): Promise<boolean> {
  return !basename(path).startsWith('.') && ((await stat(path)).isDirectory() || /\.(css|csv|html|js|svg)$/.test(path));
}

async function bundleCode(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Lines stay: Node prints the line an error comes from, and a layer is compressed anyway.
    legalComments: 'none',
    // Native packages stand beside the bundle, for the image's own architecture.
    external: ['@napi-rs/*', '@duckdb/node-bindings-*', '*.node'],
    // Bundled CommonJS packages call `require`, which modules do not have.
    banner: { js: "import{createRequire as _createRequire}from'node:module';const require=_createRequire(import.meta.url);" },
    logLevel: 'warning',
    absWorkingDir: ROOT,
  });
}
