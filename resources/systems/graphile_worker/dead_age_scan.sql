WITH dead AS (
    SELECT j.task_identifier AS queue,
           greatest(j.created_at, j.updated_at, j.run_at - exp(least(j.attempts, 10)) * interval '1 second') AS at
    FROM {jobs} j
    WHERE j.locked_at IS NULL AND j.attempts >= j.max_attempts
)
SELECT d.queue, min(d.at) AS oldest, false AS capped,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY d.at) AS p50,
       percentile_disc(0.1) WITHIN GROUP (ORDER BY d.at) AS p90,
       count(*) FILTER (WHERE d.at > {now} - interval '1 hour') AS b0,
       count(*) FILTER (WHERE d.at <= {now} - interval '1 hour' AND d.at > {now} - interval '24 hours') AS b1,
       count(*) FILTER (WHERE d.at <= {now} - interval '24 hours' AND d.at > {now} - interval '7 days') AS b2,
       count(*) FILTER (WHERE d.at <= {now} - interval '7 days' AND d.at > {now} - interval '30 days') AS b3,
       count(*) FILTER (WHERE d.at <= {now} - interval '30 days' AND d.at > {now} - interval '90 days') AS b4,
       count(*) FILTER (WHERE d.at <= {now} - interval '90 days') AS b5
FROM dead d
GROUP BY d.queue
