// The import rules of the house. Each rule says why it stands; a change to one is a decision (docs/decisions).

/** Packages that one named file alone may import: the rest of the code speaks that file's plain types. */
const doors = [
  { package: '@aws-sdk', door: '^services/shared/storage/object-store\\.ts$' },
  { package: '@duckdb/node-api', door: '^services/console/duckdb-lake\\.ts$' },
  { package: '@hono/node-server', door: '^services/shared/runtime/http-server\\.ts$' },
  { package: 'hyparquet-writer', door: '^services/(collector/parquet/|shipper/manifest-parquet\\.ts$)' },
  { package: 'pino', door: '^services/shared/runtime/logger\\.ts$' },
];

/** Packages that one file a service may import; which one is the service's own affair. */
const oneFileAService = ['protobufjs', 'snappy'];

const services = ['collector', 'console', 'cost', 'local', 'shared', 'shipper', 'upload-api'];

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle has no first file to read, and its load order is luck.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'services-meet-through-contracts',
      comment: 'A service never imports another one: they meet through files, HTTP and contracts. `cost` and `shared` are libraries.',
      severity: 'error',
      from: { path: '^services/(?!local/|shared/|cost/)([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/($1|shared|cost)/' },
    },
    {
      name: 'cost-is-a-library',
      comment: 'Prices and SQL are used by the console, by local and by the lake: they must not know any of them.',
      severity: 'error',
      from: { path: '^services/cost/' },
      to: { path: '^services/', pathNot: '^services/(cost|shared)/' },
    },
    {
      name: 'shared-knows-no-service',
      comment: 'What all services stand on must not stand on one of them.',
      severity: 'error',
      from: { path: '^services/shared/' },
      to: { path: '^services/', pathNot: '^services/shared/' },
    },
    {
      name: 'contracts-import-nothing',
      comment: 'The Pulumi program, the services, the tests and the docs read the contracts: nothing may come along with them.',
      severity: 'error',
      from: { path: '^services/shared/contracts/' },
      to: { pathNot: '^services/shared/contracts/' },
    },
    {
      name: 'packages-by-name',
      comment: 'Another package is reached through its exports map; a relative path would bypass what it offers.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'infra-parts-meet-in-the-platform',
      comment:
        'A part of the platform knows the others as types alone: their values arrive as arguments, put together at the top of infra/.',
      severity: 'error',
      from: { path: '^infra/(?!settings/)([^/]+)/' },
      to: { path: '^infra/', pathNot: '^infra/($1/|settings/|(names|component|policy-document)\\.ts$)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'stack-settings-stand-alone',
      comment: 'What a stack may say is read by the program, the docs and the tests: nothing may come along with it.',
      severity: 'error',
      from: { path: '^infra/settings/' },
      to: { path: '^(infra|services)/', pathNot: '^infra/settings/' },
    },
    {
      name: 'bootstrap-borrows-forms-alone',
      comment: 'The bootstrap is there before any stack: of the program it takes forms of settings, of policies and of a closed bucket.',
      severity: 'error',
      from: { path: '^bootstrap/' },
      to: {
        path: '^(infra|services|images|index)',
        pathNot: '^infra/(component|policy-document|settings/(fields|parse)|lake/(safe-bucket|bucket-policy))\\.ts$',
      },
    },
    {
      name: 'nothing-stands-on-the-bootstrap',
      comment: 'A stack may run in an account that somebody else has prepared.',
      severity: 'error',
      from: { path: '^(infra|services|images|index)' },
      to: { path: '^bootstrap/' },
    },
    {
      name: 'products-do-not-import-tests',
      comment: 'What ships must run without tests, benchmarks and tools.',
      severity: 'error',
      from: { path: '^(services|infra|bootstrap)/' },
      to: { path: '^(tests|bench|tools)/' },
    },
    {
      name: 'support-is-independent',
      comment: 'Simulations, oracles and closed forms check the product: one that imports it would check the code with itself.',
      severity: 'error',
      from: { path: '^tests/support/' },
      to: { path: '^(services|infra|bootstrap|bench)/' },
    },
    {
      name: 'hono-stays-on-top',
      comment: 'Below apps, routes, pages and what serves them stand plain values and typed errors.',
      severity: 'error',
      from: {
        path: '^services/',
        pathNot: '/([a-z-]*app|[a-z-]*routes?|[a-z-]*page|http-server|telemetry|http-[a-z-]+)\\.ts$',
      },
      to: { path: 'node_modules/hono/' },
    },
    {
      name: 'declared-dependencies',
      comment: 'A package that only happens to be installed vanishes with the next install.',
      severity: 'error',
      from: { path: '^services/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    {
      name: 'resolvable',
      comment: 'An import that does not resolve fails at start at the latest.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...doors.map(({ package: name, door }) => ({
      name: `one-door-${name}`,
      comment: `${name} is imported by one file, so that it can be replaced and its traps are known in one place.`,
      severity: 'error',
      from: { path: '^services/', pathNot: door },
      to: { path: `node_modules/${name}/` },
    })),
    ...services.flatMap((service) =>
      oneFileAService.map((name) => ({
        name: `one-file-${service}-${name}`,
        comment: `${name} stands behind one file of ${service} that is named for what it does.`,
        severity: 'error',
        module: { path: `node_modules/${name}/`, numberOfDependentsMoreThan: 1 },
        from: { path: `^services/${service}/` },
      })),
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)node_modules/node/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Type imports couple files as much as values do.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
    skipAnalysisNotInRules: true,
  },
};
