/**
 * The merged usage view as SQL: from the parts of `usage` (and `samples` where parts overlap in time) to one row per series and UTC hour.
 * It gives the same numbers however a stream was cut into parts; docs/costs.md states the rules. Times are epoch milliseconds; inside a
 * query a series goes by its number `sid`.
 *
 * Expects the relations `usage_series`, `usage_rows` and `sample_rows` (lake-source.ts); ends in `series_hours`.
 */
export const OVERLAPS = /* sql */ `
  -- A part reaches from its first event to its last one; a marker is an event like a value.
  parts AS (
    SELECT s.sid, u.* EXCLUDE (cluster, series_id),
      coalesce(first_ms, marker_before_ms) - coalesce(first_ms, marker_before_ms) % 3600000 AS hour_ms,
      CASE WHEN first_ms IS NULL OR marker_before_ms < first_ms THEN marker_before_ms ELSE first_ms END AS start_ms,
      CASE WHEN last_ms IS NULL OR marker_after_ms > last_ms THEN marker_after_ms ELSE last_ms END AS end_ms
    FROM usage_rows u JOIN usage_series s ON s.cluster = u.cluster AND s.series_id = u.series_id
    WHERE first_ms IS NOT NULL OR marker_before_ms IS NOT NULL
  ),
  crowded AS (
    SELECT sid, hour_ms FROM parts GROUP BY sid, hour_ms HAVING count(*) > 1
  ),
  crowded_parts AS (
    SELECT p.*,
      max(p.end_ms) OVER (
        PARTITION BY p.sid, p.hour_ms ORDER BY p.start_ms, p.part ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) AS reached_ms
    FROM parts p JOIN crowded c ON p.sid = c.sid AND p.hour_ms = c.hour_ms
  ),
  overlapped AS (
    SELECT DISTINCT sid, hour_ms FROM crowded_parts WHERE start_ms <= reached_ms
  )`;

export const MERGED_USAGE = /* sql */ `
  ${OVERLAPS},

  -- Overlapping parts cannot be stitched: their hour is recomputed from the samples by the rules of the usage table.
  events AS (
    SELECT o.sid, o.hour_ms, s.ts_ms, max(s.value) AS value
    FROM sample_rows s
    JOIN usage_series u ON u.cluster = s.cluster AND u.series_id = s.series_id
    JOIN overlapped o ON o.sid = u.sid
      AND s.ts_ms >= o.hour_ms AND s.ts_ms < o.hour_ms + 3600000
    WHERE s.value IS NULL OR isfinite(s.value)
    GROUP BY o.sid, o.hour_ms, s.ts_ms
  ),
  event_chain AS (
    SELECT *,
      lead(ts_ms) OVER by_time AS next_ms,
      lag(value IGNORE NULLS) OVER by_time AS previous_value,
      count(value) OVER (PARTITION BY sid, hour_ms ORDER BY ts_ms ROWS UNBOUNDED PRECEDING) AS values_so_far,
      count(value) OVER (PARTITION BY sid, hour_ms) AS values_in_hour
    FROM events
    WINDOW by_time AS (PARTITION BY sid, hour_ms ORDER BY ts_ms)
  ),
  recomputed AS (
    SELECT sid, hour_ms,
      min(ts_ms) AS start_ms,
      min(ts_ms) FILTER (WHERE value IS NOT NULL) AS first_ms,
      max(ts_ms) FILTER (WHERE value IS NOT NULL) AS last_ms,
      min(ts_ms) FILTER (WHERE value IS NULL AND values_so_far = values_in_hour) AS marker_after_ms,
      count(value) AS n,
      count(*) FILTER (WHERE value < previous_value) AS resets,
      min_by(value, ts_ms) FILTER (WHERE value IS NOT NULL) AS first_value,
      max_by(value, ts_ms) FILTER (WHERE value IS NOT NULL) AS last_value,
      coalesce(sum(value * least(next_ms - ts_ms, 300000)) FILTER (WHERE value IS NOT NULL AND next_ms IS NOT NULL), 0) / 1000.0 AS integral,
      coalesce(sum(least(next_ms - ts_ms, 300000)) FILTER (WHERE value IS NOT NULL AND next_ms IS NOT NULL), 0) / 1000.0 AS covered,
      coalesce(sum(CASE WHEN value >= previous_value THEN value - previous_value ELSE value END)
        FILTER (WHERE previous_value IS NOT NULL AND value IS NOT NULL), 0) AS increase
    FROM event_chain
    GROUP BY sid, hour_ms
  ),
  -- The running hour has parts before it has samples: until then the part with the most samples speaks for the hour.
  widest AS (
    SELECT * FROM (
      SELECT p.*, row_number() OVER (PARTITION BY p.sid, p.hour_ms ORDER BY p.n DESC, p.part) AS place
      FROM crowded_parts p JOIN overlapped o ON p.sid = o.sid AND p.hour_ms = o.hour_ms
    ) WHERE place = 1
  ),
  segments AS (
    SELECT p.sid, p.hour_ms, p.start_ms, p.first_ms, p.last_ms, p.marker_after_ms, p.n, p.resets,
      p.first_value, p.last_value, p.integral, p.covered, p.increase
    FROM parts p
    WHERE NOT EXISTS (
      SELECT 1 FROM overlapped o WHERE o.sid = p.sid AND o.hour_ms = p.hour_ms
    )
    UNION ALL
    SELECT r.sid, r.hour_ms, r.start_ms, r.first_ms, r.last_ms, r.marker_after_ms, r.n, r.resets,
      r.first_value, r.last_value, r.integral, r.covered, r.increase
    FROM recomputed r JOIN widest w ON r.sid = w.sid AND r.hour_ms = w.hour_ms
    WHERE r.n >= w.n
    UNION ALL
    SELECT w.sid, w.hour_ms, w.start_ms, w.first_ms, w.last_ms, w.marker_after_ms, w.n, w.resets,
      w.first_value, w.last_value, w.integral, w.covered, w.increase
    FROM widest w LEFT JOIN recomputed r ON r.sid = w.sid AND r.hour_ms = w.hour_ms
    WHERE r.n IS NULL OR r.n < w.n
  ),

  -- From here on the segments of a series follow each other in time, over the hours too.
  chain AS (
    SELECT *,
      lead(start_ms) OVER by_time AS next_start_ms,
      lead(first_ms IGNORE NULLS) OVER by_time AS next_first_ms,
      lead(start_ms IS DISTINCT FROM first_ms) OVER by_time AS next_starts_with_marker,
      lag(last_ms IGNORE NULLS) OVER by_time AS previous_last_ms,
      lag(last_value IGNORE NULLS) OVER by_time AS previous_value
    FROM segments
    WINDOW by_time AS (PARTITION BY sid ORDER BY start_ms)
  ),
  borders AS (
    SELECT *,
      hour_ms + 3600000 AS hour_end_ms,
      CASE WHEN marker_after_ms IS NOT NULL THEN last_ms
        WHEN next_start_ms < last_ms + 300000 THEN next_start_ms ELSE last_ms + 300000 END AS hold_end_ms,
      coalesce(marker_after_ms, CASE WHEN next_starts_with_marker THEN next_start_ms END) AS end_marker_ms,
      coalesce(first_ms - previous_last_ms <= 3600000, false) AS follows
    FROM chain
  ),

  -- A counter that nothing in reach came before grew from 0 since its container's start.
  start_times AS (
    SELECT s.cluster, s.namespace, s.pod, s.container, s.node, s.id, g.first_value, g.last_value
    FROM segments g JOIN usage_series s ON s.sid = g.sid
    WHERE s.metric = 'container_start_time_seconds' AND g.first_ms IS NOT NULL
  ),
  container_starts AS (
    SELECT cluster, namespace, pod, container, node, id, CAST(first_value * 1000 AS BIGINT) AS start_ms
    FROM start_times WHERE first_value BETWEEN 1 AND 1e11
    UNION
    SELECT cluster, namespace, pod, container, node, id, CAST(last_value * 1000 AS BIGINT)
    FROM start_times WHERE last_value BETWEEN 1 AND 1e11
  ),
  births AS (
    SELECT b.sid, b.first_ms, max(c.start_ms) AS start_ms
    FROM borders b
    JOIN usage_series s ON s.sid = b.sid
    JOIN container_starts c ON c.cluster = s.cluster AND c.namespace = s.namespace AND c.pod = s.pod AND c.container = s.container
      AND c.node = s.node AND c.id = s.id
    WHERE b.first_ms IS NOT NULL AND NOT b.follows AND s.metric = 'container_cpu_usage_seconds_total'
      AND c.start_ms BETWEEN b.first_ms - 3600000 AND b.first_ms
    GROUP BY b.sid, b.first_ms
  ),
  growths AS (
    SELECT b.*,
      CASE WHEN b.follows THEN b.previous_last_ms ELSE r.start_ms END AS origin_ms,
      CASE WHEN b.follows AND b.first_value >= b.previous_value THEN b.first_value - b.previous_value
        WHEN b.follows OR r.start_ms IS NOT NULL THEN b.first_value END AS border_growth
    FROM borders b LEFT JOIN births r ON r.sid = b.sid AND r.first_ms = b.first_ms
  ),

  -- What lies between two segments is given to its own hours by time; neither a hold nor a growth reaches over more than one border.
  shares AS (
    SELECT sid, hour_ms, n, resets,
      integral + coalesce(last_value * (least(hold_end_ms, hour_end_ms) - last_ms), 0) / 1000.0 AS integral,
      covered + coalesce(least(hold_end_ms, hour_end_ms) - last_ms, 0) / 1000.0 AS covered,
      first_ms AS begin_ms,
      CASE WHEN last_ms IS NULL THEN NULL WHEN marker_after_ms IS NULL THEN least(hold_end_ms, hour_end_ms)
        ELSE least(marker_after_ms, last_ms + 300000) END AS end_ms,
      increase + coalesce(border_growth * CASE WHEN first_ms = origin_ms THEN 1.0
        ELSE (first_ms - greatest(origin_ms, hour_ms)) / CAST(first_ms - origin_ms AS DOUBLE) END, 0) AS increase,
      coalesce(last_ms - first_ms, 0) + CASE WHEN origin_ms IS NULL THEN 0 ELSE first_ms - greatest(origin_ms, hour_ms) END AS measured_ms
    FROM growths
    UNION ALL
    SELECT sid, hour_end_ms, 0, 0,
      last_value * (hold_end_ms - hour_end_ms) / 1000.0, (hold_end_ms - hour_end_ms) / 1000.0, hour_end_ms, hold_end_ms, 0, 0
    FROM growths WHERE hold_end_ms > hour_end_ms
    UNION ALL
    SELECT sid, hour_ms - 3600000, 0, 0, 0, 0, NULL, NULL,
      border_growth * (hour_ms - origin_ms) / CAST(first_ms - origin_ms AS DOUBLE), hour_ms - origin_ms
    FROM growths WHERE origin_ms < hour_ms AND border_growth IS NOT NULL
  ),
  measured AS (
    SELECT sid, hour_ms, sum(n) AS n, sum(resets) AS resets, sum(integral) AS integral, sum(covered) AS covered,
      min(begin_ms) AS begin_ms, max(end_ms) AS end_ms, sum(increase) AS increase, sum(measured_ms) AS measured_ms
    FROM shares
    GROUP BY sid, hour_ms
  ),
  -- A counter ends somewhere between its last value and the marker of the next scrape: half of that gap goes on at the hour's own rate.
  tails AS (
    SELECT g.sid, g.hour_ms, g.hour_end_ms, g.last_ms,
      (g.last_ms + g.end_marker_ms) / 2.0 AS tail_end_ms, m.increase / m.measured_ms AS growth_per_ms
    FROM growths g
    JOIN measured m ON m.sid = g.sid AND m.hour_ms = g.hour_ms
    WHERE g.end_marker_ms - g.last_ms <= 300000 AND m.measured_ms > 0
      AND coalesce(g.next_first_ms - g.last_ms > 3600000, true)
  ),
  with_tails AS (
    SELECT sid, hour_ms, n, resets, integral, covered, begin_ms, end_ms, increase, measured_ms FROM measured
    UNION ALL
    SELECT sid, hour_ms, 0, 0, 0, 0, NULL, NULL, growth_per_ms * (least(tail_end_ms, hour_end_ms) - last_ms), least(tail_end_ms, hour_end_ms) - last_ms
    FROM tails
    UNION ALL
    SELECT sid, hour_end_ms, 0, 0, 0, 0, NULL, NULL, growth_per_ms * (tail_end_ms - hour_end_ms), tail_end_ms - hour_end_ms
    FROM tails WHERE tail_end_ms > hour_end_ms
  ),
  merged AS (
    SELECT sid, hour_ms, sum(n) AS n, sum(resets) AS resets, sum(integral) AS integral, sum(covered) AS covered,
      min(begin_ms) AS begin_ms, max(end_ms) AS end_ms, sum(increase) AS increase, sum(measured_ms) AS measured_ms
    FROM with_tails
    WHERE hour_ms >= $from_ms AND hour_ms < $to_ms
    GROUP BY sid, hour_ms
  ),
  labelled AS (
    SELECT s.*, m.hour_ms, m.n, m.resets, m.integral, m.covered, m.begin_ms, m.end_ms, m.increase, m.measured_ms
    FROM merged m JOIN usage_series s ON s.sid = m.sid
  ),
  -- Of an HA pair the half with more samples speaks for a series' hour. Halves that saw as much of it can still differ in what they saw
  -- just before and after: then the one that knows more of the hour, then the name. To the millisecond: how a stream was cut into parts
  -- decides the order in which its seconds were added up, and with it the last bits of their sum.
  ranked_replicas AS (
    SELECT *, row_number() OVER (PARTITION BY cluster, logical_id, hour_ms ORDER BY n DESC, round(covered * 1000) DESC, measured_ms DESC, ha_replica) AS place
    FROM labelled WHERE ha_replica <> ''
  ),
  series_hours AS (
    SELECT * FROM labelled WHERE ha_replica = ''
    UNION ALL
    SELECT * EXCLUDE (place) FROM ranked_replicas WHERE place = 1
  )`;
