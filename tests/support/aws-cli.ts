import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The real AWS CLI, speaking to one server on loopback with made-up credentials. */
export type LocalAws = {
  /** With a folder in front that holds an `aws` of this kind. */
  env: NodeJS.ProcessEnv;
  call(...args: string[]): Promise<unknown>;
  remove(): void;
};

/** @throws Error that says how to get the CLI */
export function localAws(url: string, accessKeyId: string): LocalAws {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-aws-'));
  // Versions before 2.13 know no variable for the address.
  writeFileSync(
    join(dir, 'aws'),
    `#!/bin/sh\n[ "$1" = --version ] && exec ${realAws()} "$@"\nexec ${realAws()} --endpoint-url ${url} "$@"\n`,
  );
  chmodSync(join(dir, 'aws'), 0o755);
  const env = {
    PATH: `${dir}${delimiter}${process.env.PATH}`,
    HOME: dir,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'a-secret-of-the-tests',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
  };
  const call = (...args: string[]) =>
    new Promise<unknown>((resolve, reject) => {
      const all = [...args, '--region', 'us-east-1', '--output', 'json'];
      execFile(join(dir, 'aws'), all, { env }, (error, stdout, stderr) =>
        error ? reject(new Error(`aws ${args.slice(0, 2).join(' ')}: ${stderr}`)) : resolve(stdout === '' ? {} : JSON.parse(stdout)),
      );
    });
  return { env, call, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

function realAws(): string {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'aws');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  throw new Error('the AWS CLI is not on PATH: apt-get install awscli, or pip install awscli');
}
