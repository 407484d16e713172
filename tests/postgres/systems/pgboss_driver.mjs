// Runs the real pg-boss, told what to do by JSON lines on stdin and answering with one JSON line each:
//   {"call": "send", "args": ["orders", {"n": 1}]}       a method of PgBoss
//   {"work": "orders", "fail": false, "options": {…}}    a worker
//   {"step": "orders", "batch": 10, "fails": 2}           fetches jobs and settles them at once: each job fails its
//                                                         first `fails` runs; answers with what was run so far
//   {"sql": "select …", "values": []}                     straight to the database
// Usage: node pgboss_driver.mjs pgboss10|pgboss11|pgboss12 SOCKET_DIRECTORY DATABASE SCHEMA OPTIONS
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'

const [, , library, host, database, schema, options] = process.argv
const require = createRequire(new URL('../../npm/package.json', import.meta.url))
const module = require(library)
const PgBoss = module.PgBoss ?? module.default ?? module

const boss = new PgBoss({ host, database, user: 'postgres', password: 'x', schema, max: 4, monitorIntervalSeconds: 1,
  instanceHeartbeatSeconds: 10, superviseIntervalSeconds: 1, ...JSON.parse(options ?? '{}') })
boss.on('error', error => process.stderr.write(`${error}\n`))

const runs = new Map()

async function step ({ step: queue, batch, fails }) {
  const jobs = await boss.fetch(queue, { batchSize: batch }) ?? []
  for (const job of jobs) {
    runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
    if (runs.get(job.id) <= fails) await boss.fail(queue, job.id, new Error(`card ${runs.size} refused`))
    else await boss.complete(queue, job.id)
  }
  return { executed: [...runs.values()].reduce((a, b) => a + b, 0), first: runs.size, fetched: jobs.length }
}

async function answer (request) {
  if (request.step) return await step(request)
  if (request.call) return await boss[request.call](...(request.args ?? []))
  if (request.sql) return (await boss.getDb().executeSql(request.sql, request.values)).rows
  if (request.work) {
    return await boss.work(request.work, request.options ?? {}, async () => {
      if (request.fail) throw new Error('as told')
    })
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
