import { all } from '@pulumi/pulumi';
import { CiRoles } from './ci-roles.ts';
import { bootstrapLeftovers } from './leftovers.ts';
import { bootstrapNames } from './names.ts';
import { nextSteps } from './next-steps.ts';
import { bootstrapProvider } from './provider.ts';
import { readBootstrapSettings } from './settings.ts';
import { StateStore } from './state-store.ts';

const settings = readBootstrapSettings();
const names = bootstrapNames(settings);
const providers = [bootstrapProvider(settings)];
const store = new StateStore('state', { names, isProtected: settings.isProtected }, { providers });
const roles = new CiRoles('ci', { settings, names, store }, { providers });

export const stateUrl = names.stateUrl;
export const secretsProvider = names.secretsProvider;
export const previewRoleArn = roles.previewRoleArn;
/** By stack. */
export const deployRoleArns = roles.deployRoleArns;
/** By stack: the value of `aws.permissionsBoundaryArn` in its settings. */
export const permissionsBoundaryArns = roles.permissionsBoundaryArns;
/** What a destroy leaves, and why. */
export const expectedLeftovers = bootstrapLeftovers();
/** What to do now, as text. */
export const next = all([roles.previewRoleArn, roles.deployRoleArns, roles.permissionsBoundaryArns]).apply(
  ([previewRoleArn, deployRoleArns, permissionsBoundaryArns]) =>
    nextSteps({ names, previewRoleArn, deployRoleArns, permissionsBoundaryArns }),
);
