SELECT x.id, CASE WHEN x.outcome <> 'gone' OR bool_or(x.outcome = 'untouched') OVER () THEN x.outcome
                  WHEN bool_or(x.outcome = 'moved') OVER () THEN 'moved' ELSE 'unknown' END AS outcome
FROM (
    SELECT w.id, CASE WHEN j.id IS NULL THEN 'gone' WHEN j.locked_at IS NULL AND {dead_version} = w.version THEN 'untouched'
                      WHEN j.revision::text = split_part(w.version, ' ', 1) THEN 'moved' ELSE 'changed' END AS outcome
    FROM unnest({job_ids}, {job_versions}) AS w(id, version)
    LEFT JOIN {job} j ON j.id = w.id::bigint
) x
