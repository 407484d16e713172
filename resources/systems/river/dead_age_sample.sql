SELECT x.queue,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY x.at) AS p50,
       percentile_disc(0.1) WITHIN GROUP (ORDER BY x.at) AS p90,
       count(*) FILTER (WHERE x.at > {now} - interval '1 hour') AS b0,
       count(*) FILTER (WHERE x.at <= {now} - interval '1 hour' AND x.at > {now} - interval '24 hours') AS b1,
       count(*) FILTER (WHERE x.at <= {now} - interval '24 hours' AND x.at > {now} - interval '7 days') AS b2,
       count(*) FILTER (WHERE x.at <= {now} - interval '7 days' AND x.at > {now} - interval '30 days') AS b3,
       count(*) FILTER (WHERE x.at <= {now} - interval '30 days' AND x.at > {now} - interval '90 days') AS b4,
       count(*) FILTER (WHERE x.at <= {now} - interval '90 days') AS b5
FROM (SELECT j.queue, j.finalized_at AS at FROM {job} j TABLESAMPLE SYSTEM ({sample_percent}) REPEATABLE (0)
      WHERE j.state = 'discarded') x
GROUP BY x.queue
