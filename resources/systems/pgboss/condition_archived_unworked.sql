SELECT 'removed_unworked' AS kind, a.name AS queue, NULL::text AS subject, count(*) AS n, min(a.archived_on) AS since,
       'they went to the archive in the state created or retry: their keep_until was over and nobody had claimed them' AS evidence,
       max(a.walked) >= {heap_cap} AS capped
FROM (SELECT r.name, r.state::text AS state, r.archived_on, count(*) OVER () AS walked
      FROM {schema}.archive r WHERE r.archived_on > {now} - interval '1 hour' LIMIT {heap_cap}) a
WHERE a.state IN ('created', 'retry')
GROUP BY a.name
