// Several queues of a real library, each with a life of its own: producers, workers, pauses, failures. What this
// process did is the truth; it answers with it, one JSON line for each request line on stdin:
//   {"do": "create", "lives": [{…}]}   the queues exist, nothing happens yet
//   {"do": "begin"}                     producers and workers start
//   {"do": "truth"}                     for each queue how many were [asked for, confirmed] SETTLE_MS ago
//   {"do": "quiet"}                     producers end, then the workers; then what lies where
// Usage: node queue_lives.mjs bullmq5|bullmq6|pgboss12 ADDRESS SETTLE_MS     SPILLWAY_NODE_MODULES names its node_modules
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'

const [library, address, settle] = process.argv.slice(2)
const require = createRequire(process.env.SPILLWAY_NODE_MODULES + '/index.js')
const hour = 3600_000
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// When something was asked for, and when the library confirmed it.
class Times {
  asked = []
  confirmed = []
  ask () { this.asked.push(Date.now()) }
  confirm () { this.confirmed.push(Date.now()) }
  pair () {
    const before = Date.now() - Number(settle)
    const upTo = (times) => {
      let n = times.length
      while (n > 0 && times[n - 1] > before) n--
      return n
    }
    return [upTo(this.asked), upTo(this.confirmed)]
  }
}

// What one queue did. Each job is in one state.
class Tally {
  sent = new Times()
  done = new Times()
  died = new Times()
  started = 0  // attempts; a step that goes on is none
  firstStarted = 0
  states = new Map()
  counts () {
    const counts = { ready: 0, running: 0, scheduled: 0, retrying: 0, dead: 0, done: 0 }
    for (const state of this.states.values()) counts[state]++
    return counts
  }
}

class BullMq {
  constructor () {
    this.module = require(library)
    const IORedis = require('ioredis')
    this.connect = () => new IORedis({ path: address, maxRetriesPerRequest: null })
    this.queues = new Map()
    this.workers = []
  }
  async create (life) {
    const queue = new this.module.Queue(life.queue, { connection: this.connect() })
    await queue.waitUntilReady()
    this.queues.set(life.queue, queue)
  }
  async send (life, id, delay) {
    await this.queues.get(life.queue).add('job', { n: id }, {
      jobId: id, delay, attempts: life.attempts, backoff: { type: 'fixed', delay: life.backoff_ms },
      removeOnComplete: life.keep ? false : true })
  }
  async pause (life) { await this.queues.get(life.queue).pause() }
  async work (life, tally) {
    const { Worker, DelayedError } = this.module
    const run = async (job, token) => {
      if (!job.data.postponed) {
        tally.started++
        if (job.attemptsMade === 0) tally.firstStarted++
      }
      tally.states.set(job.id, 'running')
      await sleep(life.handler_ms)
      if (life.steps && !job.data.postponed) {
        await job.updateData({ ...job.data, postponed: true })
        tally.states.set(job.id, 'scheduled')
        await job.moveToDelayed(Date.now() + 300, token)
        throw new DelayedError()
      }
      if (fails(life)) {
        if (job.attemptsMade + 1 >= life.attempts) tally.died.ask()
        throw new Error('card refused')
      }
      tally.done.ask()
    }
    const worker = new Worker(life.queue, run, { connection: this.connect(), concurrency: life.concurrency })
    worker.on('error', () => {})
    worker.on('completed', (job) => { tally.done.confirm(); tally.states.set(job.id, 'done') })
    worker.on('failed', (job) => {
      const last = job.attemptsMade >= life.attempts
      if (last) tally.died.confirm()
      tally.states.set(job.id, last ? 'dead' : life.backoff_ms ? 'retrying' : 'ready')
    })
    await worker.waitUntilReady()
    this.workers.push(worker)
    return () => worker.close()
  }
}

class PgBoss {
  constructor () {
    const module = require(library)
    const Boss = module.PgBoss ?? module.default ?? module
    this.boss = new Boss({ host: address, database: 'app', user: 'postgres', password: 'x', schema: 'pgboss', max: 8 })
    this.boss.on('error', (error) => process.stderr.write(`${error}\n`))
    this.ids = new Map()
  }
  async create (life) {
    this.started ??= this.boss.start()
    await this.started
    await this.boss.createQueue(life.queue, { retryLimit: life.attempts - 1, retryDelay: life.backoff_ms / 1000 })
  }
  async send (life, id, delay) {
    await this.boss.send(life.queue, { n: id }, { startAfter: delay ? delay / 1000 : undefined })
  }
  async pause () {}
  // Jobs are fetched and settled one by one, so that each confirmation is known.
  async work (life, tally) {
    let open = true
    const slot = async () => {
      while (open) {
        const [job] = await this.boss.fetch(life.queue, { includeMetadata: true }) ?? []
        if (!job) { await sleep(100); continue }
        tally.started++
        if (job.retryCount === 0) tally.firstStarted++
        tally.states.set(job.data.n, 'running')
        await sleep(life.handler_ms)
        if (fails(life)) {
          const last = job.retryCount + 1 >= life.attempts
          if (last) tally.died.ask()
          await this.boss.fail(life.queue, job.id, new Error('card refused'))
          if (last) tally.died.confirm()
          tally.states.set(job.data.n, last ? 'dead' : life.backoff_ms ? 'retrying' : 'ready')
        } else {
          tally.done.ask()
          await this.boss.complete(life.queue, job.id)
          tally.done.confirm()
          tally.states.set(job.data.n, 'done')
        }
      }
    }
    const slots = Array.from({ length: life.concurrency }, slot)
    return async () => { open = false; await Promise.all(slots) }
  }
}

const fails = (life) => Math.random() < life.fail_share

const real = library.startsWith('pgboss') ? new PgBoss() : new BullMq()
const running = []  // { life, tally, producer, stops, left }
let quiet = false

async function produce (one) {
  const { life, tally } = one
  let n = 0, debt = 0
  const begun = Date.now()
  const add = async (delay) => {
    const id = `${life.queue}-${++n}`
    tally.sent.ask()
    tally.states.set(id, delay ? 'scheduled' : 'ready')
    await real.send(life, id, delay)
    tally.sent.confirm()
  }
  for (let i = 0; i < life.delayed; i++) await add(hour)
  while (!quiet) {
    const second = (Date.now() - begun) / 1000
    if (life.pause_every_s && Math.floor(second / life.pause_every_s) % 2 === 1) { await sleep(50); continue }
    debt += life.per_s * 0.1 + (life.burst && Math.random() < 0.02 ? life.burst : 0)
    for (; debt >= 1 && !quiet; debt--) await add(0)
    await sleep(100)
  }
}

const truth = () => Object.fromEntries(running.map(({ life, tally }) =>
  [life.queue, { sent: tally.sent.pair(), done: tally.done.pair(), died: tally.died.pair(), started: tally.started,
    first_started: tally.firstStarted, lies: tally.counts() }]))

const actions = {
  async create ({ lives }) {
    for (const life of lives) {
      await real.create(life)
      running.push({ life, tally: new Tally(), stops: [] })
    }
    return {}
  },
  async begin () {
    for (const one of running) {
      if (one.life.concurrency) one.stops.push(await real.work(one.life, one.tally))
      one.producer = produce(one)
      const { leaves_after_s: leaves, paused_after_s: paused } = one.life
      if (leaves) setTimeout(() => { one.left = one.stops.splice(0).map((stop) => stop()) }, leaves * 1000)
      if (paused) setTimeout(() => real.pause(one.life), paused * 1000)
    }
    return {}
  },
  async truth () { return { queues: truth() } },
  async quiet () {
    quiet = true
    await Promise.all(running.map(({ producer }) => producer))
    await Promise.all(running.flatMap(({ stops, left = [] }) => [...left, ...stops.map((stop) => stop())]))
    await sleep(Number(settle) + 200)
    return { queues: truth() }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  try {
    console.log(JSON.stringify({ ok: true, ...(await actions[request.do](request)) }))
  } catch (error) {
    console.log(JSON.stringify({ ok: false, error: String(error.stack ?? error) }))
  }
}
process.exit(0)
