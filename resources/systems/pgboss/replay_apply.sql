-- A copy in a dead-letter queue that still waits is cancelled with the replay, or the job would run twice. What
-- has copies is held while they are looked at; everything else is compared and set by the one update.
WITH wanted AS (
    SELECT w.id::uuid AS id, w.position, split_part(w.version, ' +', 1) AS seen,
           string_to_array(nullif(split_part(w.version, ' +', 2), ''), ',')::uuid[] AS copies
    FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), held AS (
    SELECT j.id, w.seen, w.copies
    FROM wanted w JOIN {job} j ON j.name = {queue_name} AND j.id = w.id
    WHERE w.copies IS NOT NULL AND j.state = 'failed' AND {as_it_died} = w.seen
    FOR UPDATE OF j
), copies AS (
    SELECT h.id AS original, c.name, c.id
    FROM held h CROSS JOIN unnest(h.copies) AS u(id)
    JOIN {job} c ON c.name IN ({dead_letter_queues}) AND c.id = u.id
    WHERE c.state < 'active'
    FOR UPDATE OF c
), ready AS (
    SELECT w.id, w.seen FROM wanted w WHERE w.copies IS NULL
    UNION ALL
    SELECT h.id, h.seen FROM held h
    WHERE cardinality(h.copies) = (SELECT count(*) FROM copies c WHERE c.original = h.id)
), cancelled AS (
    UPDATE {job} j SET state = 'cancelled', completed_on = now()
    FROM copies c
    WHERE j.name = c.name AND j.id = c.id AND c.original IN (SELECT r.id FROM ready r)
), moved AS (
    UPDATE {job} j
    SET state = 'retry', retry_limit = j.retry_limit + 1, completed_on = NULL, start_after = greatest(j.start_after, now()),
        keep_until = greatest(j.keep_until, now() + coalesce((SELECT {retention} FROM {schema}.queue q WHERE q.name = {queue_name}),
                                                            interval '14 days'))
    FROM ready r
    WHERE j.name = {queue_name} AND j.id = r.id AND j.state = 'failed' AND {as_it_died} = r.seen
    RETURNING j.id, j.retry_limit
)
SELECT w.id::text AS id,
       CASE WHEN m.id IS NOT NULL THEN 'moved'
            WHEN EXISTS (SELECT FROM {job} j WHERE j.name = {queue_name} AND j.id = w.id) THEN 'changed'
            ELSE 'gone' END AS outcome,
       m.retry_limit::text AS undo_token
FROM wanted w LEFT JOIN moved m ON m.id = w.id
ORDER BY w.position
