SELECT w.id,
       CASE WHEN j.locked_at IS NOT NULL AND {claim_version} = w.version THEN 'untouched'
            WHEN md5(coalesce(j.last_error, '')) <> x.seen THEN 'changed'
            WHEN j.attempts > x.attempts OR j.attempts = x.attempts AND j.locked_at IS NULL THEN 'moved' ELSE 'changed' END AS outcome
FROM unnest({job_ids}, {job_versions}) AS w(id, version)
CROSS JOIN LATERAL (SELECT split_part(w.version, ' ', 1) AS seen, split_part(w.version, ' ', 2)::integer AS attempts) x
JOIN {job} j ON j.id = w.id::bigint
