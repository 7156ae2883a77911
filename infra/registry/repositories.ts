import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions } from '@pulumi/pulumi';
import { Component } from '../component.ts';

export type RepositoriesArgs = { repositories: readonly string[] };

const KEPT_IMAGES = 30;

/** One ECR repository for each image: a tag never changes what it means, pushes are scanned, old images go. */
export class Repositories extends Component {
  readonly byName: Record<string, aws.ecr.Repository>;

  constructor(name: string, { repositories }: RepositoriesArgs, options: ComponentResourceOptions) {
    super('registry:Repositories', name, options);
    this.byName = Object.fromEntries(repositories.map((repository) => [repository, this.#repository(repository)]));
    this.registerOutputs();
  }

  #repository(name: string): aws.ecr.Repository {
    const repository = new aws.ecr.Repository(
      name,
      {
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: 'KMS' }],
        // An image can be built again.
        forceDelete: true,
      },
      this.child(),
    );
    new aws.ecr.LifecyclePolicy(name, { repository: repository.name, policy: JSON.stringify(keepNewest(KEPT_IMAGES)) }, this.child());
    return repository;
  }
}

function keepNewest(images: number) {
  const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: images };
  return { rules: [{ rulePriority: 1, description: `keep ${images} images`, selection, action: { type: 'expire' } }] };
}
