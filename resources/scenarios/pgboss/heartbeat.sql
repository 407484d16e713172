UPDATE pgboss.instance SET heartbeat_on = now(), workers = '{workers}' WHERE name = 'shop-worker';
