SELECT NULL::boolean AS paused, {live_worker} AS live_worker,
       (SELECT count(*) FROM (SELECT FROM {job} j WHERE j.name = {queue_name} AND j.state < 'active' AND j.start_after <= clock_timestamp()
                              LIMIT {ready_limit}) x) AS ready
