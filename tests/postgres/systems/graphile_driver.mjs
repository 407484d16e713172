// Runs the real Graphile Worker, told what to do by JSON lines on stdin and answering with one JSON line each:
//   {"call": "addJob", "args": ["send_mail", {"n": 1}]}   a method of WorkerUtils
//   {"work": {"send_mail": "done", "charge": "fail", "render": "hang"}, "concurrency": 2, "crontab": "…"}   a worker
//   {"busy": true}                                        how many jobs its tasks have started
//   {"stop": true}                                        stops that worker
// Usage: node graphile_driver.mjs graphile013|graphile015|graphile018 SOCKET_DIRECTORY DATABASE SCHEMA
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'

const [, , library, host, database, schema] = process.argv
const require = createRequire(new URL('../../npm/package.json', import.meta.url))
const { makeWorkerUtils, run, Logger } = require(library)
const { Pool } = require('pg')

const pgPool = new Pool({ host, database, user: 'postgres', password: 'x', max: 6 })
pgPool.on('error', error => process.stderr.write(`${error}\n`))
pgPool.on('connect', client => client.on('error', error => process.stderr.write(`${error}\n`)))
const logger = new Logger(() => () => {})
const common = { pgPool, schema, logger }
const utils = await makeWorkerUtils(common)
await utils.migrate()
let runner = null
let started = 0

const behaviour = {
  done: async () => { started++ },
  fail: async () => { started++; throw new Error('as told') },
  hang: async () => { started++; await new Promise(() => {}) }
}

async function answer (request) {
  if (request.args?.[2]?.runAt) request.args[2].runAt = new Date(request.args[2].runAt)
  if (request.call) return await utils[request.call](...(request.args ?? []))
  if (request.busy) return started
  if (request.stop) return await runner.stop()
  if (request.work) {
    const taskList = Object.fromEntries(Object.entries(request.work).map(([task, how]) => [task, behaviour[how]]))
    runner = await run({ ...common, taskList, concurrency: request.concurrency ?? 2, pollInterval: 100, noHandleSignals: true,
      crontab: request.crontab ?? '' })
    runner.promise.catch(error => process.stderr.write(`${error}\n`))
    return null
  }
  throw new Error('unknown request')
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const result = await answer(JSON.parse(line))
    process.stdout.write(JSON.stringify({ ok: true, result: result ?? null }) + '\n')
  } catch (error) {
    process.stdout.write(JSON.stringify({ ok: false, error: String(error.stack ?? error) }) + '\n')
  }
}
process.exit(0)
