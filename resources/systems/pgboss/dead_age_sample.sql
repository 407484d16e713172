SELECT x.queue,
       {dead_ages}
FROM (SELECT j.name AS queue, j.completed_on AS at
      FROM {job} j TABLESAMPLE SYSTEM ({sample_percent}) REPEATABLE (0)
      WHERE j.state = 'failed' AND j.name IN (SELECT q.queue FROM {queues} AS q(queue))) x
GROUP BY x.queue
