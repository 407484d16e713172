SELECT x.queue,
       {dead_ages}
FROM (SELECT j.queue, {died_at} AS at FROM {job} j TABLESAMPLE SYSTEM ({sample_percent}) REPEATABLE (0)
      WHERE j.state = 'discarded') x
GROUP BY x.queue
