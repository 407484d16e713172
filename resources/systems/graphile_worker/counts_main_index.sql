WITH walk AS MATERIALIZED (
    SELECT x.task_id, count(*) FILTER (WHERE x.run_at <= {now}) AS ready, count(*) AS walked
    FROM (SELECT j.task_id, j.run_at FROM {job} j WHERE j.is_available
          ORDER BY j.priority, j.run_at LIMIT {cap} * (SELECT count(*) FROM {all_queues})) x
    GROUP BY x.task_id
)
SELECT t.identifier AS queue, 'ready' AS state, coalesce(w.ready, 0) AS n,
       (SELECT coalesce(sum(a.walked), 0) FROM walk a) >= {cap} * (SELECT count(*) FROM {all_queues}) AS capped
FROM {tasks} t
LEFT JOIN walk w ON w.task_id = t.id
WHERE t.identifier IN (SELECT a.queue FROM {all_queues} AS a(queue))
