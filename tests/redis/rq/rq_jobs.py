# Jobs and a worker for tests of RQ.
import os
import time

from rq import Worker


def quick(*_):
    return 1


def fail(*_):
    raise ValueError('card 4711 declined for customer 17')


def sleep(seconds, *_):
    time.sleep(seconds)


class HastyWorker(Worker):
    """Its leases run out after SPILLWAY_LEASE seconds instead of 90: a test cannot wait that long."""

    def get_heartbeat_ttl(self, job):
        return int(os.environ.get('SPILLWAY_LEASE', '90'))
