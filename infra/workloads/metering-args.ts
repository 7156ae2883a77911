import type { Input } from '@pulumi/pulumi';

/** What the workloads are told. Structure is plain, so that a preview knows every object; values of other parts are inputs. */
export type MeteringArgs = {
  cluster: { accountId: string; region: string; name: string };
  /** References by digest. The last two are images of their own projects. */
  images: {
    collector: Input<string>;
    shipper: Input<string>;
    uploadApi: Input<string>;
    prometheus: Input<string>;
    kubeStateMetrics: Input<string>;
  };
  network: {
    /** Addresses of nodes: the agents ask their kubelets. */
    nodeCidrs: string[];
    /** Addresses of the Kubernetes API, of its Service too. */
    apiServerCidrs: string[];
  };
  lake: { bucket: Input<string>; region: string };
  /** Secrets in the namespace `tallyship`, by name; whoever makes them decides how. */
  secrets: {
    /** File `keys.json`: who may upload (KEYS_FILE of the upload API). */
    uploadKeys: string;
    /** File `key`: the shipper's key for the upload API. */
    uploadKey: string;
    /** File `key`: the key for CloudZero. Without it nothing is sent there. */
    cloudzeroKey?: string;
    /** File `tokens`: one bearer token a line. Without it every sender that the network policy lets in is taken. */
    ingestTokens?: string;
    /** File `token`, in the namespace of the agents: theirs of those tokens. */
    ingestToken?: string;
    /** Login of the registry of our images. */
    pull?: string;
  };
  collector: CollectorArgs;
  /** Collector and upload API serve HTTPS with the files `tls.crt` and `tls.key` of a Secret; who calls them checks with the certificate. */
  tls?: { secretName: string; caCertificate: string };
  uploadApi: UploadApiArgs;
  /** Absent: it does not run. */
  console?: ConsoleArgs;
  agent: AgentArgs;
};

export type UploadApiArgs = {
  minReplicas: number;
  maxReplicas: number;
  serviceAccountAnnotations?: Record<string, string>;
  exposure: { mode: 'cluster' } | { mode: 'internal'; callerCidrs: string[]; controller: 'eks' | 'awsLoadBalancerController' };
};

export type ConsoleArgs = {
  image: Input<string>;
  minReplicas: number;
  maxReplicas: number;
  cacheGib: number;
  memoryMib: number;
  /** Namespaces that may call it: it has no login. */
  callerNamespaces: string[];
  serviceAccountAnnotations?: Record<string, string>;
};

export type CollectorArgs = {
  replicas: number;
  volumeGib: number;
  /** Whether volumes outlive the cluster's objects, with what is not shipped yet. */
  isVolumeRetained: boolean;
  /** Ordinals of replicas that were scaled away and whose volumes are to be emptied. */
  drainOrdinals: number[];
  /** Namespaces that may send, besides the agents' own. */
  senderNamespaces: string[];
};

export type AgentArgs =
  | {
      /** `existing`: the cluster has a Prometheus; it gets the block of the output `remoteWrite`. */
      mode: 'federated';
      scrapeIntervalS: number;
      /** Off where kubelets have certificates that the cluster did not sign. */
      verifiesKubelets: boolean;
      /** Headless Service of the DCGM exporter (GPU metrics), `name.namespace.svc`, and its port. */
      dcgm?: { host: string; port: number };
    }
  | { mode: 'existing' };
