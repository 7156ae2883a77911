import { getProject, getStack } from '@pulumi/pulumi';
import { buildPlatform } from './infra/platform.ts';
import { readStackSettings } from './infra/settings.ts';

const settings = readStackSettings();
const platform = buildPlatform(settings, { project: getProject(), stack: getStack() });

export const vpcId = platform.network?.vpcId;
