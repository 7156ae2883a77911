import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildImage, findBuilder } from './builder.ts';
import { bundleService, CONTEXTS } from './bundle.ts';
import { writeLocalBase } from './local-base.ts';
import { ARCHITECTURES, type Architecture, SERVICE_IMAGES, type ServiceName } from './services.ts';

const HELP = `npm run package [-- SERVICE...] [-- FLAGS]

Builds the images of the services without Pulumi, with buildah or docker.

  --base REF       base of all images, such as distroless Node 24 by digest; without it one is made of this machine's Node
  --arch A,B       architectures: ${Object.keys(ARCHITECTURES).join(', ')} (default: this machine's)
  --tag PREFIX     images are named PREFIX/SERVICE:latest-ARCH (default: localhost/tallyship)
  --contexts-only  writes the build contexts (dist/images) and stops

Services: ${Object.keys(SERVICE_IMAGES).join(', ')}; without a name, all.`;

const NODE = join(import.meta.dirname, '../node_modules/node/bin/node');

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      base: { type: 'string' },
      arch: { type: 'string' },
      tag: { type: 'string', default: 'localhost/tallyship' },
      'contexts-only': { type: 'boolean' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  if (values.help) return console.log(HELP);
  const services = chosen(positionals, SERVICE_IMAGES, 'service');
  const here = Object.entries(ARCHITECTURES).find(([, node]) => node === process.arch)?.[0];
  const architectures = chosen((values.arch ?? here ?? '').split(','), ARCHITECTURES, 'architecture');
  for (const service of services) {
    const context = await bundleService(service, architectures);
    console.log(sizesOf(service, context, architectures));
  }
  if (values['contexts-only']) return;
  const builder = findBuilder();
  const base = values.base ?? localBase(builder, values.tag, architectures, here);
  for (const service of services) {
    for (const architecture of architectures) {
      const tag = `${values.tag}/${service}:latest-${architecture}`;
      const args = { BASE: base, SERVICE: service };
      buildImage(builder, { dockerfile: 'service.Dockerfile', context: join(CONTEXTS, service), args, architecture, tag });
      console.log(`${tag} built with ${builder}`);
    }
  }
}

function chosen<T extends string>(wanted: string[], known: Record<T, unknown>, what: string): T[] {
  const names = Object.keys(known) as T[];
  const unknown = wanted.filter((name) => !names.includes(name as T));
  if (unknown.length > 0) throw new Error(`unknown ${what} ${unknown.join(', ')}: there are ${names.join(', ')}`);
  return wanted.length === 0 ? names : (wanted as T[]);
}

function localBase(builder: string, prefix: string, architectures: Architecture[], here: string | undefined): string {
  const foreign = architectures.filter((architecture) => architecture !== here);
  if (foreign.length > 0) throw new Error(`a base for ${foreign.join(', ')} cannot be made of this machine: give one with --base`);
  const tag = `${prefix}/base:latest-${here}`;
  const context = writeLocalBase(NODE, join(CONTEXTS, 'base'));
  buildImage(builder, { dockerfile: 'base.Dockerfile', context, args: {}, architecture: architectures[0] as Architecture, tag });
  console.log(`${tag} built with ${builder}`);
  return tag;
}

/** What a service puts on top of the base; native packages named apart. */
function sizesOf(service: ServiceName, context: string, architectures: Architecture[]): string {
  const kib = (folder: string) => `${Math.ceil(bytesIn(join(context, folder)) / 1024)} KiB`;
  const natives = architectures.map((architecture) => `native ${architecture} ${kib(`native/${architecture}`)}`);
  return `${service}: app ${kib('app')}, ${natives.join(', ')}`;
}

function bytesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}
