SELECT j.name AS queue, min(j.completed_on) AS oldest, false AS capped,
       count(*) FILTER (WHERE {deletion_s} > 0
           AND j.completed_on + {deletion_s} * interval '1 second' <= {now} + interval '24 hours') AS lost_24h
FROM {job} j
WHERE j.state = 'failed'
GROUP BY j.name
