/** How a cost table is grouped. `label` takes a Kubernetes label key such as `app.kubernetes.io/name`. */
export type Group = { kind: 'namespace' | 'workload' | 'pod' | 'container' | 'node' | 'team' } | { kind: 'label'; key: string };

/** What a node keeps to itself has no namespace: it stands in a group of its own. */
const OF_NODE = /* sql */ `
  CASE WHEN i.namespace <> '' THEN NULL WHEN i.kind = 'unpriced' THEN '(node)' WHEN i.kind = 'system' THEN '(system)' ELSE '(idle)' END`;

/** A pod's owner does not change, so any hour's word holds for all. Deployments own through ReplicaSets, CronJobs through Jobs. */
const OWNERS = /* sql */ `
  pod_creators AS (
    SELECT cluster, namespace, pod, max_by(kind, hour_ms) AS kind, max_by(name, hour_ms) AS name
    FROM (
      SELECT cluster, namespace, pod, hour_ms, json_extract_string(labels, '$."created_by_kind"') AS kind,
        json_extract_string(labels, '$."created_by_name"') AS name
      FROM series_hours WHERE metric = 'kube_pod_info'
    )
    GROUP BY cluster, namespace, pod
  ),
  creator_owners AS (
    SELECT cluster, namespace, kind, name, max(owner_kind) AS owner_kind, max(owner_name) AS owner_name
    FROM (
      SELECT cluster, namespace, CASE metric WHEN 'kube_job_owner' THEN 'Job' ELSE 'ReplicaSet' END AS kind,
        json_extract_string(labels, CASE metric WHEN 'kube_job_owner' THEN '$."job_name"' ELSE '$."replicaset"' END) AS name,
        json_extract_string(labels, '$."owner_kind"') AS owner_kind, json_extract_string(labels, '$."owner_name"') AS owner_name
      FROM series_hours WHERE metric IN ('kube_job_owner', 'kube_replicaset_owner')
    )
    WHERE owner_kind NOT IN ('', '<none>')
    GROUP BY cluster, namespace, kind, name
  ),
  pod_owners AS (
    SELECT p.cluster, p.namespace, p.pod,
      CASE WHEN o.owner_kind IS NOT NULL THEN o.owner_kind || '/' || o.owner_name
        WHEN coalesce(p.kind, '') IN ('', '<none>', 'Node') THEN 'Pod/' || p.pod
        ELSE p.kind || '/' || p.name END AS owner
    FROM pod_creators p
    LEFT JOIN creator_owners o ON o.cluster = p.cluster AND o.namespace = p.namespace AND o.kind = p.kind AND o.name = p.name
  )`;

/** The labels of each pod and namespace, by the hour; an hour that saw none takes those of the newest one. */
const SUBJECT_LABELS = /* sql */ `
  seen_labels AS (
    SELECT cluster, namespace, pod, hour_ms, max_by(labels, covered) AS labels
    FROM (
      -- A namespace's row may carry the pod of kube-state-metrics itself.
      SELECT cluster, namespace, CASE metric WHEN 'kube_pod_labels' THEN pod ELSE '' END AS pod, hour_ms, labels, covered
      FROM series_hours WHERE metric IN ('kube_pod_labels', 'kube_namespace_labels')
    )
    GROUP BY cluster, namespace, pod, hour_ms
  ),
  newest_labels AS (
    SELECT cluster, namespace, pod, max_by(labels, hour_ms) AS labels FROM seen_labels GROUP BY cluster, namespace, pod
  ),
  subjects AS (
    SELECT s.cluster, s.hour_ms, s.namespace, s.pod,
      CASE WHEN s.pod <> '' THEN coalesce(p.labels, pn.labels) END AS pod_labels, coalesce(n.labels, nn.labels) AS namespace_labels
    FROM (SELECT DISTINCT cluster, hour_ms, namespace, pod FROM items WHERE namespace <> '') s
    LEFT JOIN seen_labels p ON p.cluster = s.cluster AND p.hour_ms = s.hour_ms AND p.namespace = s.namespace AND p.pod = s.pod
    LEFT JOIN newest_labels pn ON pn.cluster = s.cluster AND pn.namespace = s.namespace AND pn.pod = s.pod
    LEFT JOIN seen_labels n ON n.cluster = s.cluster AND n.hour_ms = s.hour_ms AND n.namespace = s.namespace AND n.pod = ''
    LEFT JOIN newest_labels nn ON nn.cluster = s.cluster AND nn.namespace = s.namespace AND nn.pod = ''
  )`;

/** The value of a label, of the pod or else of its namespace; NULL when neither has it. */
const labelValue = (path: string, otherPath: string) =>
  `coalesce(${['s.pod_labels', 's.namespace_labels']
    .flatMap((labels) => [path, otherPath].map((each) => `nullif(json_extract_string(${labels}, ${each}), '')`))
    .join(', ')})`;

const LABEL_GROUPS = /* sql */ `${SUBJECT_LABELS},
  subject_groups AS (
    SELECT s.cluster, s.hour_ms, s.namespace, s.pod, ${labelValue('$label_path', '$other_label_path')} AS grp FROM subjects s
  )`;

const TEAM_GROUPS = /* sql */ `${SUBJECT_LABELS},
  team_rules AS (
    SELECT r.* FROM (
      SELECT unnest(from_json($team_rules, '[{"rank":"INTEGER","namespace_like":"VARCHAR","label_path":"VARCHAR","other_label_path":"VARCHAR",
        "value":"VARCHAR","team":"VARCHAR"}]')) AS r
    )
  ),
  rule_values AS (
    SELECT s.cluster, s.hour_ms, s.namespace, s.pod, t.rank, t.label_path, t.value, t.team,
      CASE WHEN t.label_path <> '' THEN ${labelValue('t.label_path', 't.other_label_path')} END AS found
    FROM subjects s JOIN team_rules t ON s.namespace LIKE t.namespace_like ESCAPE '\\'
  ),
  subject_groups AS (
    SELECT cluster, hour_ms, namespace, pod, min_by(coalesce(team, found), rank) AS grp
    FROM rule_values
    WHERE label_path = '' OR found = coalesce(value, found)
    GROUP BY cluster, hour_ms, namespace, pod
  )`;

const grouped = (group: string, otherwise: string) => /* sql */ `
  grouped_items AS (
    SELECT i.*, coalesce(${OF_NODE}, ${group}, ${otherwise}) AS grp
    FROM items i
    LEFT JOIN subject_groups g ON g.cluster = i.cluster AND g.hour_ms = i.hour_ms AND g.namespace = i.namespace AND g.pod = i.pod
  )`;

const named = (group: string) => /* sql */ `
  grouped_items AS (SELECT i.*, coalesce(${OF_NODE}, ${group}) AS grp FROM items i)`;

/** From `items` to `grouped_items`, which add the column `grp`. */
export const GROUP_SQL: Record<Group['kind'], string> = {
  namespace: named('i.namespace'),
  pod: named(`i.namespace || '/' || CASE WHEN i.object <> '' THEN i.object ELSE i.pod END`),
  container: named(`i.namespace || '/' || CASE WHEN i.object <> '' THEN i.object ELSE i.pod || '/' || i.container END`),
  node: /* sql */ `
  grouped_items AS (SELECT i.*, CASE WHEN i.node <> '' THEN i.node ELSE '(none)' END AS grp FROM items i)`,
  workload: /* sql */ `${OWNERS},
  grouped_items AS (
    SELECT i.*, coalesce(${OF_NODE}, i.namespace || '/' || CASE WHEN i.object <> '' THEN i.object ELSE coalesce(o.owner, 'Pod/' || i.pod) END) AS grp
    FROM items i LEFT JOIN pod_owners o ON o.cluster = i.cluster AND o.namespace = i.namespace AND o.pod = i.pod
  )`,
  label: `${LABEL_GROUPS},${grouped('g.grp', `'(none)'`)}`,
  team: `${TEAM_GROUPS},${grouped('g.grp', `'unassigned'`)}`,
};
