WITH RECURSIVE state AS (
    SELECT unnest(enum_range(NULL::{schema}.oban_job_state)) AS name
), named AS (
    SELECT s.name AS state, f.queue, 1 AS step
    FROM state s
    CROSS JOIN LATERAL (SELECT j.queue FROM {job} j WHERE j.state = s.name ORDER BY j.queue LIMIT 1) f
    UNION ALL
    SELECT n.state, f.queue, n.step + 1
    FROM named n
    CROSS JOIN LATERAL (SELECT j.queue FROM {job} j WHERE j.state = n.state AND j.queue > n.queue ORDER BY j.queue LIMIT 1) f
    WHERE n.step < {queue_limit}
)
SELECT a.queue, count(*) OVER () AS total, bool_and(a.paused) AS paused, {version} AS version
FROM (SELECT n.queue, NULL::boolean AS paused FROM named n {producing}) a
GROUP BY a.queue
ORDER BY a.queue
LIMIT {queue_limit}
