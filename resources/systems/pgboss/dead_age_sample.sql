SELECT x.queue,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY x.completed_on) AS p50,
       percentile_disc(0.1) WITHIN GROUP (ORDER BY x.completed_on) AS p90,
       count(*) FILTER (WHERE x.age < interval '1 hour') AS b0,
       count(*) FILTER (WHERE x.age >= interval '1 hour' AND x.age < interval '24 hours') AS b1,
       count(*) FILTER (WHERE x.age >= interval '24 hours' AND x.age < interval '168 hours') AS b2,
       count(*) FILTER (WHERE x.age >= interval '168 hours' AND x.age < interval '720 hours') AS b3,
       count(*) FILTER (WHERE x.age >= interval '720 hours' AND x.age < interval '2160 hours') AS b4,
       count(*) FILTER (WHERE x.age >= interval '2160 hours') AS b5
FROM (SELECT j.name AS queue, j.completed_on, {now} - j.completed_on AS age
      FROM {job} j TABLESAMPLE SYSTEM ({sample_percent}) REPEATABLE (0)
      WHERE j.state = 'failed' AND j.name IN (SELECT q.queue FROM {queues} AS q(queue))) x
GROUP BY x.queue
