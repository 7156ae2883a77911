/** Volumes and load balancers, by their own meters. From `series_hours` and `prices` to `volumes` and `load_balancers`. */
export const ATTACHED_COST = /* sql */ `
  volume_presence AS (
    SELECT cluster, hour_ms, json_extract_string(labels, '$."persistentvolume"') AS volume,
      sum(integral) * least(1, (max(end_ms) - min(begin_ms)) / 1000.0 / nullif(sum(covered), 0)) AS byte_s
    FROM series_hours
    WHERE metric = 'kube_persistentvolume_capacity_bytes' AND covered > 0
    GROUP BY ALL
  ),
  volume_claims AS (
    SELECT cluster, hour_ms, volume, max_by(namespace, covered) AS namespace, max_by(claim, covered) AS claim
    FROM (
      SELECT cluster, hour_ms, json_extract_string(labels, '$."persistentvolume"') AS volume,
        json_extract_string(labels, '$."claim_namespace"') AS namespace, name AS claim, covered
      FROM series_hours WHERE metric = 'kube_persistentvolume_claim_ref'
      UNION ALL
      SELECT cluster, hour_ms, json_extract_string(labels, '$."volumename"'), namespace,
        json_extract_string(labels, '$."persistentvolumeclaim"'), covered
      FROM series_hours WHERE metric = 'kube_persistentvolumeclaim_info'
    )
    GROUP BY cluster, hour_ms, volume
  ),
  volume_types AS (
    SELECT cluster, hour_ms, json_extract_string(labels, '$."persistentvolume"') AS volume,
      max(coalesce(json_extract_string(labels, '$."storageclass"'), '')) AS storage_class,
      max(coalesce(json_extract_string(labels, '$."csi_driver"'), '')) AS driver
    FROM series_hours WHERE metric = 'kube_persistentvolume_info'
    GROUP BY ALL
  ),
  -- kube-state-metrics does not tell a volume's EBS type: a storage class named like one is taken at its word, every other is gp3.
  typed_volumes AS (
    SELECT v.cluster, v.hour_ms, v.volume, v.byte_s, c.namespace, c.claim, coalesce(r.region, split_part(v.cluster, '/', 2)) AS region,
      CASE WHEN t.driver NOT IN ('', 'ebs.csi.aws.com') THEN t.driver
        WHEN t.storage_class IN ('gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1') THEN t.storage_class ELSE 'gp3' END AS type
    FROM volume_presence v
    LEFT JOIN volume_claims c ON c.cluster = v.cluster AND c.hour_ms = v.hour_ms AND c.volume = v.volume
    LEFT JOIN volume_types t ON t.cluster = v.cluster AND t.hour_ms = v.hour_ms AND t.volume = v.volume
    LEFT JOIN cluster_regions r ON r.cluster = v.cluster AND r.hour_ms = v.hour_ms
  ),
  volumes AS (
    SELECT v.cluster, v.hour_ms, v.volume, v.byte_s, coalesce(nullif(v.namespace, ''), '(unclaimed)') AS namespace,
      'PersistentVolumeClaim/' || coalesce(nullif(v.claim, ''), v.volume) AS object,
      p.usd * v.byte_s / 3600 AS cost, p.valid_from_ms,
      CASE WHEN p.usd IS NULL THEN 'no price for volume type ' || v.type || ' in region ' || v.region END AS reason
    FROM typed_volumes v
    LEFT JOIN prices p ON p.kind = 'volume' AND p.type = v.type AND p.region = v.region AND p.from_ms <= v.hour_ms AND v.hour_ms < p.to_ms
  ),
  load_balancer_presence AS (
    SELECT cluster, hour_ms, namespace, json_extract_string(labels, '$."service"') AS service,
      least(sum(integral), (max(end_ms) - min(begin_ms)) / 1000.0) AS present_s
    FROM series_hours
    WHERE metric = 'kube_service_spec_type' AND json_extract_string(labels, '$."type"') = 'LoadBalancer' AND integral > 0
    GROUP BY ALL
  ),
  load_balancers AS (
    SELECT l.cluster, l.hour_ms, l.namespace, 'Service/' || l.service AS object, p.usd * l.present_s / 3600 AS cost, p.valid_from_ms,
      CASE WHEN p.usd IS NULL THEN 'no load balancer price in region ' || l.region END AS reason
    FROM (
      SELECT b.*, coalesce(r.region, split_part(b.cluster, '/', 2)) AS region
      FROM load_balancer_presence b LEFT JOIN cluster_regions r ON r.cluster = b.cluster AND r.hour_ms = b.hour_ms
    ) l
    LEFT JOIN prices p ON p.kind = 'load-balancer' AND p.type = 'standard' AND p.region = l.region
      AND p.from_ms <= l.hour_ms AND l.hour_ms < p.to_ms
  )`;
