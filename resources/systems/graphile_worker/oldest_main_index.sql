WITH walk AS MATERIALIZED (
    SELECT x.task_id, min(x.run_at) FILTER (WHERE x.run_at <= {now}) AS at, count(*) AS walked
    FROM (SELECT j.task_id, j.run_at FROM {job} j WHERE j.is_available
          ORDER BY j.priority, j.run_at LIMIT {cap} * (SELECT count(*) FROM {all_queues})) x
    GROUP BY x.task_id
)
SELECT t.identifier AS queue, w.at AS oldest_ready_at,
       (SELECT coalesce(sum(a.walked), 0) FROM walk a) >= {cap} * (SELECT count(*) FROM {all_queues}) AS capped
FROM {tasks} t
LEFT JOIN walk w ON w.task_id = t.id
WHERE t.identifier IN (SELECT a.queue FROM {all_queues} AS a(queue))
