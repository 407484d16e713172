SELECT x.queue, min(x.at) AS oldest, false AS capped,
       {dead_ages},
       min(x.purge_at) AS purge_next_at,
       count(*) FILTER (WHERE x.purge_at <= {now} + interval '24 hours') AS lost_24h
FROM (SELECT j.name AS queue, j.completed_on AS at, {purge_at} AS purge_at
      FROM {job} j WHERE j.state = 'failed') x
GROUP BY x.queue
