# The real RQ library, driven by one JSON request a line on stdin.   python3 peer.py
import json
import os
import sys
from datetime import timedelta

from redis import Redis
from rq import Queue, Retry, Worker
from rq.job import Job
from rq.registry import (CanceledJobRegistry, DeferredJobRegistry, FailedJobRegistry, FinishedJobRegistry,
                         ScheduledJobRegistry, StartedJobRegistry)

sys.path.insert(0, os.path.dirname(__file__))
connection = Redis.from_url(os.environ['SPILLWAY_REDIS'])


def push(request):
    queue = Queue(request.get('queue', 'default'), connection=connection)
    options = {name: request[name] for name in ('failure_ttl', 'result_ttl', 'description', 'job_id')
               if name in request}
    if 'retry' in request:
        options['retry'] = Retry(max=request['retry'], interval=request.get('interval', 0))
    if 'depends_on' in request:
        options['depends_on'] = request['depends_on']
    function = 'rq_jobs.' + request.get('job', 'quick')
    ids = []
    for _ in range(request.get('count', 1)):
        if 'in' in request:
            job = queue.enqueue_in(timedelta(seconds=request['in']), function, *request.get('args', []), **options)
        else:
            job = queue.enqueue(function, *request.get('args', []), **options)
        ids.append(job.id)
    return {'ids': ids[:100]}


# What the library itself reports. Its counts of registries clean up first, as `rq info` does.
def counts(request):
    name = request.get('queue', 'default')
    registries = {'started': StartedJobRegistry, 'failed': FailedJobRegistry, 'finished': FinishedJobRegistry,
                  'deferred': DeferredJobRegistry, 'scheduled': ScheduledJobRegistry,
                  'canceled': CanceledJobRegistry}
    answer = {key: registry(name, connection=connection).count for key, registry in registries.items()}
    workers = Worker.all(connection=connection)
    answer.update(ready=Queue(name, connection=connection).count, workers=len(workers),
                  busy=sum(worker.get_state() == 'busy' for worker in workers),
                  succeeded=sum(worker.successful_job_count for worker in workers),
                  failed_attempts=sum(worker.failed_job_count for worker in workers))
    return answer


def job(request):
    found = Job.fetch(request['id'], connection=connection)
    seconds = lambda moment: moment.timestamp() if moment else 0
    from datetime import timezone
    utc = lambda moment: seconds(moment.replace(tzinfo=timezone.utc)) if moment else 0
    return {'status': found.get_status(), 'ended_at': utc(found.ended_at), 'enqueued_at': utc(found.enqueued_at),
            'started_at': utc(found.started_at), 'exc_info': found.exc_info or '', 'worker': found.worker_name or '',
            'description': found.description}


def requeue(request):
    FailedJobRegistry(request['queue'], connection=connection).requeue(request['id'])
    return {}


for line in sys.stdin:
    asked = json.loads(line)
    try:
        print(json.dumps({'ok': True, **globals()[asked['do']](asked)}), flush=True)
    except Exception as problem:
        print(json.dumps({'ok': False, 'error': repr(problem)}), flush=True)
