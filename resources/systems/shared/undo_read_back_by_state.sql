SELECT j.id::text AS id,
       CASE WHEN {as_replayed} THEN 'untouched' WHEN {dead_version} = w.version THEN 'moved' ELSE 'changed' END AS outcome
FROM unnest({job_ids}, {job_versions}) AS w(id, version)
JOIN {job} j ON j.id = w.id::bigint AND j.queue = {queue_name}
