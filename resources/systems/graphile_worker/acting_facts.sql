SELECT NULL::boolean AS paused, NULL::boolean AS live_worker,
       (SELECT count(*) FROM (SELECT FROM {job} j WHERE {of_task} AND j.locked_at IS NULL AND j.attempts < j.max_attempts
                                                    AND j.run_at <= clock_timestamp() LIMIT {ready_limit}) x) AS ready
