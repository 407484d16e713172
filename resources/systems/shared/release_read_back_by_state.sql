SELECT j.id::text AS id,
       CASE WHEN j.state = {running} AND {claim_version} = w.version THEN 'untouched'
            WHEN EXISTS (SELECT FROM unnest(j.errors) AS e(entry)
                         WHERE e.entry ->> 'error' = {released} AND e.entry ->> 'attempt' = reverse(split_part(reverse(w.version), ' ', 1)))
            THEN 'moved' ELSE 'changed' END AS outcome
FROM unnest({job_ids}, {job_versions}) AS w(id, version)
JOIN {job} j ON j.id = w.id::bigint AND j.queue = {queue_name}
