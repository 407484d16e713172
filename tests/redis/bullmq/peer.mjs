// The real BullMQ library, driven by one JSON request a line on stdin.
//   node peer.mjs <bullmq5|bullmq6> <socket path>      SPILLWAY_NODE_MODULES names its node_modules
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [library, path] = process.argv.slice(2);
const require = createRequire(process.env.SPILLWAY_NODE_MODULES + '/index.js');
const { Queue, Worker, FlowProducer, DelayedError } = require(library);
const IORedis = require('ioredis');
const connect = () => new IORedis({ path, maxRetriesPerRequest: null });

const queues = new Map();
const workers = [];
const held = [];
const tally = { executions: 0, first: 0 };  // what the workers of this process have run

function queueOf({ queue, prefix = 'bull' }) {
  const key = prefix + ':' + queue;
  if (!queues.has(key)) queues.set(key, new Queue(queue, { connection: connect(), prefix }));
  return queues.get(key);
}

const actions = {
  async add(request) {
    const { count = 1, opts = {}, data = {}, ids } = request;
    const jobs = Array.from({ length: count }, (_, n) => ({ name: 'job', data: { n, ...data }, opts }));
    if (ids) for (const id of ids) await queueOf(request).add('job', data, { ...opts, jobId: id });
    else await queueOf(request).addBulk(jobs);
    return {};
  },
  async retryFailed(request) { await queueOf(request).retryJobs({ state: 'failed' }); return {}; },
  async counts(request) {
    return await queueOf(request).getJobCounts();
  },
  async workers(request) {
    return { workers: (await queueOf(request).getWorkers()).length };
  },
  async oldest(request) {
    const [job] = await queueOf(request).getJobs(['wait', 'paused'], 0, 0, true);
    return { timestamp: job?.timestamp ?? 0 };
  },
  async oldestFailed(request) {
    const jobs = await queueOf(request).getJobs(['failed'], 0, 0, true);
    return { finishedOn: jobs[0]?.finishedOn ?? 0 };
  },
  async flow({ queue, prefix = 'bull', parents = queue, id, children = [undefined], opts = {} }) {
    const producer = new FlowProducer({ connection: connect(), prefix });
    const child = jobId => ({ name: 'child', queueName: queue, opts: { ...opts, jobId } });
    await producer.add({ name: 'parent', queueName: parents, opts: { jobId: id }, children: children.map(child) });
    return {};
  },
  // The library's own retry of failed jobs.
  async retry(request) {
    for (const id of request.ids) await (await queueOf(request).getJob(id)).retry();
    return {};
  },
  async globalConcurrency(request) { await queueOf(request).setGlobalConcurrency(request.count); return {}; },
  async pause(request) { await queueOf(request).pause(); return {}; },
  async resume(request) { await queueOf(request).resume(); return {}; },
  async obliterate(request) { await queueOf(request).obliterate({ force: true }); return {}; },
  // mode: complete, fail, failOnce (at the first attempt), hold (never finishes) or postpone (puts the job off
  // by hand that many times, then fails), postponed or limited (put off like that, or by a rate limit, then completes)
  async work({ queue, prefix = 'bull', mode = 'complete', concurrency = 1, name, error = 'no route to the bank',
               options = {}, times = 0 }) {
    let postponed = 0, limited = 0;
    const process = async (job, token) => {
      ++tally.executions;
      if (job.attemptsMade === 0) ++tally.first;
      if (mode === 'postpone' && postponed++ < times) {
        await job.moveToDelayed(Date.now() + 20, token);
        throw new DelayedError();
      }
      if (mode === 'limited' && limited++ < times) {
        await worker.rateLimit(20);
        throw Worker.RateLimitError();
      }
      if (mode === 'postponed' && postponed++ < times) {
        await job.moveToDelayed(Date.now() + 20, token);
        throw new DelayedError();
      }
      if (mode === 'closed') {  // limited by hand for an hour
        await worker.rateLimit(3600000);
        throw Worker.RateLimitError();
      }
      if (mode === 'fail' || mode === 'postpone' || (mode === 'failOnce' && job.attemptsMade === 0)) throw new Error(error);
      if (mode === 'hold') await new Promise((resolve) => held.push(resolve));
    };
    const worker = new Worker(queue, process, { connection: connect(), prefix, concurrency, name, ...options });
    worker.on('error', () => {});
    await worker.waitUntilReady();
    workers.push(worker);
    return {};
  },
  async tally() { return tally; },
  async schedule({ queue, every }) {
    await queueOf({ queue }).upsertJobScheduler('nightly', { every }, { name: 'job' });
    return {};
  },
  async stopWorkers() {
    held.forEach((resolve) => resolve());
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    console.log(JSON.stringify({ ok: true, ...(await actions[request.do](request)) }));
  } catch (error) {
    console.log(JSON.stringify({ ok: false, error: String(error) }));
  }
}
process.exit(0);
