-- Not by updated_at: until 0.13 a trigger of its own writes that with every change.
SELECT j.id::text AS id,
       CASE WHEN {as_replayed} THEN 'untouched'
            WHEN j.locked_at IS NULL AND strpos(w.version, concat_ws(' ', j.revision, j.attempts, j.max_attempts, j.run_at) || ' ') = 1 THEN 'moved'
            ELSE 'changed' END AS outcome
FROM unnest({job_ids}, {job_versions}) AS w(id, version)
JOIN {job} j ON j.id = w.id::bigint
