-- The copies are looked up in one object: a join is planned badly where there were none when the table was analysed.
SELECT j.id::text AS id, NULL::text AS kind, j.completed_on AS at, left({error}, 2000) AS error,
       {as_it_died} || coalesce(' +' || k.ids, '') AS version,
       greatest(j.retry_limit - j.retry_count, 0) AS remaining, false AS weak,
       (j.policy = 'stately' AND EXISTS (
            SELECT FROM {job} o WHERE o.name = {queue_name} AND o.policy = 'stately' AND o.state = 'retry'
                                  AND coalesce(o.singleton_key, '') = coalesce(j.singleton_key, '')
        ) OR j.policy = 'exclusive' AND EXISTS (
            SELECT FROM {job} o WHERE o.name = {queue_name} AND o.policy = 'exclusive' AND o.state <= 'active'
                                  AND coalesce(o.singleton_key, '') = coalesce(j.singleton_key, '')
        )) AS conflict,
       {copy_count} AS copies
FROM {job} j CROSS JOIN LATERAL (SELECT ({copies}) ->> j.id::text AS ids) AS k
WHERE j.name = {queue_name} AND j.state = 'failed' AND j.completed_on IS NOT NULL
