SELECT {paused_queue} AS paused, {live_worker} AS live_worker,
       (SELECT count(*) FROM (SELECT FROM {job} j WHERE j.state = 'available' AND j.queue = {queue_name} LIMIT {ready_limit}) x) AS ready
