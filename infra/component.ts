import { ComponentResource, type ComponentResourceOptions, type CustomResourceOptions } from '@pulumi/pulumi';

/** `<part>:<Class>`; the type in the state is `tallyship:<part>:<Class>`. */
type ComponentType = `${string}:${string}`;

/**
 * A part of the platform. Its children take its providers and stand below it in every plan.
 * Arguments stay out of the state: since SDK 3.202 they would be written there, secrets and all.
 */
export abstract class Component extends ComponentResource {
  constructor(type: ComponentType, name: string, options: ComponentResourceOptions) {
    super(`tallyship:${type}`, name, {}, options);
  }

  /** Options of a child; every child gets its own from here. */
  protected child(options: CustomResourceOptions = {}): CustomResourceOptions {
    return { ...options, parent: this };
  }
}
