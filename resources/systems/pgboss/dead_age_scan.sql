SELECT x.queue, min(x.completed_on) AS oldest, false AS capped,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY x.completed_on) AS p50,
       percentile_disc(0.1) WITHIN GROUP (ORDER BY x.completed_on) AS p90,
       count(*) FILTER (WHERE x.age < interval '1 hour') AS b0,
       count(*) FILTER (WHERE x.age >= interval '1 hour' AND x.age < interval '24 hours') AS b1,
       count(*) FILTER (WHERE x.age >= interval '24 hours' AND x.age < interval '168 hours') AS b2,
       count(*) FILTER (WHERE x.age >= interval '168 hours' AND x.age < interval '720 hours') AS b3,
       count(*) FILTER (WHERE x.age >= interval '720 hours' AND x.age < interval '2160 hours') AS b4,
       count(*) FILTER (WHERE x.age >= interval '2160 hours') AS b5,
       min(x.purge_at) AS purge_next_at,
       count(*) FILTER (WHERE x.purge_at <= {now} + interval '24 hours') AS lost_24h
FROM (SELECT j.name AS queue, j.completed_on, {now} - j.completed_on AS age, {purge_at} AS purge_at
      FROM {job} j WHERE j.state = 'failed') x
GROUP BY x.queue
