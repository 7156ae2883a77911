/** What an image needs besides the bundle of `services/<name>/main.ts`. */
export type ServiceImage = {
  /** Native packages; `$arch` stands for Node's name of the architecture (x64, arm64). */
  natives: string[];
  /** Files that the code reads next to itself: where they are, and where it looks for them. */
  files: Record<string, string>;
};

/** Every service that has an image. */
export const SERVICE_IMAGES = {
  collector: { natives: ['@napi-rs/snappy-linux-$arch-gnu'], files: {} },
  shipper: { natives: [], files: {} },
  'upload-api': { natives: [], files: {} },
  console: {
    natives: ['@duckdb/node-bindings-linux-$arch'],
    files: { 'services/console/page': 'page', 'services/cost/prices': 'prices' },
  },
} as const satisfies Record<string, ServiceImage>;

export type ServiceName = keyof typeof SERVICE_IMAGES;

/** Architectures as images name them, and as Node does. */
export const ARCHITECTURES = { amd64: 'x64', arm64: 'arm64' } as const;
export type Architecture = keyof typeof ARCHITECTURES;
