SELECT j.id::text AS id,
       CASE WHEN j.state = 'failed' AND j.completed_on::text || ' ' || j.retry_count || ' ' || j.retry_limit = w.version THEN 'untouched'
            WHEN j.state <> 'cancelled' AND j.retry_limit = 1 + reverse(split_part(reverse(w.version), ' ', 1))::integer THEN 'moved'
            ELSE 'changed' END AS outcome
FROM unnest({job_ids}, {job_versions}) AS w(id, version)
JOIN {job} j ON j.name = {queue_name} AND j.id = w.id::uuid
