SELECT j.id::text AS id,
       CASE WHEN {dead_version} = w.version THEN 'untouched' WHEN j.state::text = 'cancelled' THEN 'changed' ELSE 'moved' END AS outcome
FROM unnest({job_ids}, {job_versions}) AS w(id, version)
JOIN {job} j ON j.id = w.id::bigint AND j.queue = {queue_name}
