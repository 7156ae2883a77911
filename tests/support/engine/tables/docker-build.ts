import { createHash } from 'node:crypto';
import type { ModelTable } from '../model.ts';
import { textAt, valuesAt } from '../values.ts';

/** Image builds: a digest from the inputs, and the image in the registry it is pushed to. */
export const dockerBuild: ModelTable = {
  'docker-build:index:Image': {
    requires: ['push'],
    faults: ({ inputs }) => (inputs.tags === undefined && inputs.push === true ? ['an image that is pushed needs a tag'] : []),
    id: (asked) => asked.newId('image'),
    answers: ({ inputs }) => {
      const digest = `sha256:${createHash('sha256')
        .update(JSON.stringify([inputs.context, inputs.buildArgs, inputs.platforms]))
        .digest('hex')}`;
      const repository = repositoryOf(String(valuesAt(inputs, 'tags[]')[0] ?? ''));
      return { digest, ref: `${repository}@${digest}`, contextHash: digest.slice(7) };
    },
    madeWith: ({ account, inputs, home, id }) => {
      if (inputs.push !== true) return;
      for (const tag of valuesAt(inputs, 'tags[]')) {
        const image = { repository: repositoryOf(String(tag)), tag };
        account.put({ token: 'image', id: `${tag}`, urn: '', madeBy: `image build ${id}`, home, inputs: image, outputs: image });
      }
    },
    refuses: ({ account, inputs }) => {
      const urls = account.all('aws:ecr/repository:Repository').map((repository) => textAt(repository.outputs, 'repositoryUrl'));
      const strange = valuesAt(inputs, 'tags[]').find(
        (tag) => String(tag).includes('.dkr.ecr.') && !urls.includes(repositoryOf(String(tag))),
      );
      return strange === undefined ? undefined : `name unknown: the repository of ${strange} does not exist`;
    },
  },
};

function repositoryOf(tag: string): string {
  const colon = tag.lastIndexOf(':');
  return colon > tag.lastIndexOf('/') ? tag.slice(0, colon) : tag;
}
