import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as aws from '@pulumi/aws';
import * as dockerBuild from '@pulumi/docker-build';
import type { ComponentResourceOptions, Output } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import type { BuildImagesSettings } from '../settings/images.ts';
import { contentTag } from './content-tag.ts';
import { silenceDebugLines } from './debug-log.ts';
import { Repositories } from './repositories.ts';

const ROOT = join(import.meta.dirname, '../..');
const CONTEXTS = 'dist/images';
const DOCKERFILE = 'images/service.Dockerfile';

export type ServiceImagesArgs<S extends string> = {
  settings: BuildImagesSettings;
  services: readonly S[];
};

/** The services' images, built from the contexts that `npm run package` writes, and known by digest from then on. */
export class ServiceImages<S extends string> extends Component {
  readonly refs: Record<S, Output<string>>;

  constructor(name: string, args: ServiceImagesArgs<S>, options: ComponentResourceOptions) {
    super('registry:ServiceImages', name, options);
    const { settings, services } = args;
    const repositories = new Repositories(name, { repositories: services }, this.child());
    const refs = services.map((service) => [service, this.#image(service, repositories.byName[service] as aws.ecr.Repository, settings)]);
    this.refs = Object.fromEntries(refs);
    this.registerOutputs();
  }

  #image(service: string, repository: aws.ecr.Repository, settings: BuildImagesSettings): Output<string> {
    const tag = contentTag([...contextFiles(service), { path: 'base', content: Buffer.from(settings.base) }, dockerfile()]);
    const image = new dockerBuild.Image(
      service,
      {
        context: { location: `${CONTEXTS}/${service}` },
        dockerfile: { location: DOCKERFILE },
        buildArgs: { BASE: settings.base, SERVICE: service },
        platforms: settings.platforms,
        tags: [repository.repositoryUrl.apply((url) => `${url}:${tag}`)],
        push: true,
        buildOnPreview: settings.isBuiltInPreview,
        registries: [this.#login(repository)],
      },
      this.child(),
    );
    return image.ref;
  }

  #login({ registryId, repositoryUrl }: aws.ecr.Repository) {
    silenceDebugLines();
    const token = aws.ecr.getAuthorizationTokenOutput({ registryId }, { parent: this });
    return { address: repositoryUrl, username: token.userName, password: token.password };
  }
}

const dockerfile = () => ({ path: DOCKERFILE, content: readFileSync(join(ROOT, DOCKERFILE)) });

/** @throws Error that says how to make the context, when it is not there */
function contextFiles(service: string) {
  const context = join(ROOT, CONTEXTS, service);
  try {
    const files = readdirSync(context, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name));
    return paths.map((path) => ({ path: relative(context, path), content: readFileSync(path) }));
  } catch (cause) {
    throw new Error(`${CONTEXTS}/${service} cannot be read; make it: npm run package -- --contexts-only --arch amd64,arm64`, { cause });
  }
}
