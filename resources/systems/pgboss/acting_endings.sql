SELECT j.id::text AS id, CASE j.state::text WHEN 'active' THEN 'running' WHEN 'completed' THEN 'completed' WHEN 'failed' THEN 'died'
           WHEN 'cancelled' THEN 'vanished' ELSE 'waiting' END AS ending,
       CASE WHEN j.state = 'failed' THEN left({error}, 2000) END AS error
FROM {job} j
WHERE j.name = {queue_name} AND j.id = ANY ({job_ids}::uuid[])
