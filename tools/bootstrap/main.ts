import { join } from 'node:path';
import { readBootstrapOptions } from './options.ts';
import { runBootstrap } from './run.ts';

const HELP = `npm run bootstrap -- --account ID --region REGION --repository OWNER/NAME --stack NAME=branch:BRANCH [...]

Makes, once an account, what the stacks stand on: the bucket of their state, the key of its secrets, GitHub's identity provider, a role that
previews pull requests, and for each stack a role that deploys it and the boundary of its roles. Needs pulumi, and credentials of the account
that may make them. Its own state is in bootstrap/.state, its settings are in bootstrap/Pulumi.main.yaml: without options those are taken.

  --account ID               the AWS account
  --region REGION            region of the state, and of the stacks
  --repository OWNER/NAME    whose workflows may take the roles; OWNER@NUMBER/NAME@NUMBER where GitHub's subjects carry numbers
  --stack NAME=branch:MAIN   a stack, deployed by runs on one branch; or NAME=environment:PROD, by jobs of one environment; as often as needed
  --state-bucket NAME        instead of tallyship-state-ACCOUNT-REGION
  --existing-oidc-provider   the account has GitHub's identity provider already
  --dry-run                  show what would be made
  --yes                      ask nothing
  --unprotect                let bucket and keys be destroyed
  --destroy                  take it all away: refused while protected, and while the bucket holds a state
  --help                     this text`;

try {
  const { isHelp, ...options } = readBootstrapOptions(process.argv.slice(2));
  if (isHelp) console.log(HELP);
  else runBootstrap(join(import.meta.dirname, '../../bootstrap'), options, process.env);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
