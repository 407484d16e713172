SELECT j.name AS queue, date_trunc('minute', j.start_after) AS due, count(*) AS n, false AS capped
FROM {job} j
WHERE j.state = 'retry' AND {claimable} AND j.start_after > {now}
GROUP BY 1, 2
