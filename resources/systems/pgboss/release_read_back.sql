SELECT j.id::text AS id,
       CASE WHEN j.started_on::text || ' ' || j.retry_count = w.version
            THEN CASE j.state::text WHEN 'active' THEN 'untouched' WHEN 'retry' THEN 'moved' ELSE 'changed' END
            ELSE 'moved' END AS outcome
FROM unnest({job_ids}, {job_versions}) AS w(id, version)
JOIN {job} j ON j.name = {queue_name} AND j.id = w.id::uuid
