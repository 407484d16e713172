SELECT j.id::text AS id,
       CASE WHEN {as_replayed} THEN 'untouched'
            WHEN j.state = 'failed' AND j.completed_on::text || ' ' || j.retry_count || ' ' || j.retry_limit = w.version THEN 'moved'
            ELSE 'changed' END AS outcome
FROM unnest({job_ids}, {job_versions}) AS w(id, version)
JOIN {job} j ON j.name = {queue_name} AND j.id = w.id::uuid
