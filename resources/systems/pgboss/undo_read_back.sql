SELECT j.id::text AS id,
       CASE WHEN {as_replayed} THEN 'untouched'
            WHEN j.state = 'failed' AND {as_it_died} = split_part(w.version, ' +', 1) THEN 'moved'
            ELSE 'changed' END AS outcome
FROM unnest({job_ids}, {job_versions}) AS w(id, version)
JOIN {job} j ON j.name = {queue_name} AND j.id = w.id::uuid
