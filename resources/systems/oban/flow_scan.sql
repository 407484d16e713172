SELECT j.queue, false AS capped,
       count(*) FILTER (WHERE j.inserted_at > timezone('UTC', {since}) AND j.inserted_at <= timezone('UTC', {until})) AS enqueued,
       count(*) FILTER (WHERE j.completed_at > timezone('UTC', {since}) AND j.completed_at <= timezone('UTC', {until})) AS completed,
       count(*) FILTER (WHERE greatest(j.discarded_at, j.cancelled_at) > timezone('UTC', {since})
                          AND greatest(j.discarded_at, j.cancelled_at) <= timezone('UTC', {until})) AS died,
       count(*) FILTER (WHERE j.discarded_at > timezone('UTC', {since}) AND j.discarded_at <= timezone('UTC', {until})) AS failed,
       count(*) FILTER (WHERE j.attempted_at > timezone('UTC', {since}) AND j.attempted_at <= timezone('UTC', {until})) AS executed,
       count(*) FILTER (WHERE j.attempted_at > timezone('UTC', {since}) AND j.attempted_at <= timezone('UTC', {until})
                          AND j.attempt <= 1) AS first_executed
FROM {job} j
GROUP BY j.queue
