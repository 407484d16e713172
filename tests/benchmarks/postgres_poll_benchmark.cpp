// What one poll of a large pg-boss table costs, beside the naive GROUP BY in the same run. Prints; asserts
// nothing. Options: --rows N (default 1000000), --queues N (default 20), --polls N (default 15).
#include <QCommandLineParser>
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QTextStream>
#include <algorithm>
#include <pqxx/pqxx>

#include "backends/postgres/postgres_backend.h"
#include "tests/postgres/systems/real_pgboss.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

struct Cost {
    double wall_ms = 0;
    double cpu_ms = 0;
};

// Time on a processor of one process, in ms (Linux; the first field counts nanoseconds).
double cpuOf(int pid) {
    QFile file(u"/proc/%1/schedstat"_s.arg(pid));
    return file.open(QIODevice::ReadOnly) ? file.readAll().split(' ').value(0).toDouble() / 1e6 : 0;
}

template <typename Work>
Cost measured(int pid, Work work) {
    const double before = cpuOf(pid);
    QElapsedTimer timer;
    timer.start();
    work();
    return {static_cast<double>(timer.nsecsElapsed()) / 1e6, cpuOf(pid) - before};
}

Cost median(std::vector<Cost> costs) {
    const auto middle = [&](auto member) {
        std::sort(costs.begin(), costs.end(),
                  [&](const Cost& a, const Cost& b) { return a.*member < b.*member; });
        return costs[costs.size() / 2].*member;
    };
    return {middle(&Cost::wall_ms), middle(&Cost::cpu_ms)};
}

// Skewed queues; 80 % waiting, 12 % finished, 5 % failed, 2 % in the future, 0.9 % retrying, 0.1 % running.
void fill(pqxx::connection& connection, long rows, int queues) {
    pqxx::nontransaction work(connection);
    // As a bulk load: without foreign key checks, and the indexes built afterwards as they were.
    work.exec(
        "SET synchronous_commit = off; SET session_replication_role = replica; SET maintenance_work_mem = "
        "'512MB'");
    for (int q = 0; q < queues; ++q)
        work.exec("SELECT pgboss.create_queue('queue" + std::to_string(q) +
                  "', '{\"policy\":\"standard\"}')");
    const auto indexes = work.exec(
        "SELECT indexdef, indexname FROM pg_indexes WHERE schemaname = 'pgboss' AND tablename = 'job_common' "
        "AND indexname LIKE "
        "'job_common_i%'");
    for (const auto& index : indexes) work.exec("DROP INDEX pgboss." + std::string(index[1].c_str()));
    work.exec(
        "INSERT INTO pgboss.job (name, state, data, created_on, start_after, started_on, completed_on, "
        "retry_count, keep_until)"
        " SELECT 'queue' || least(" +
        std::to_string(queues - 1) + ", floor(-ln(random() + 1e-9) * " + std::to_string(queues / 5.0) +
        "))::int, s.state::pgboss.job_state, '{\"order\": 12345, \"note\": \"some payload\"}',"
        " s.created, CASE s.kind WHEN 2 THEN now() + interval '1 day' ELSE s.created END,"
        " CASE WHEN s.state IN ('completed','failed','active') THEN s.created + interval '1 minute' END,"
        " CASE WHEN s.state IN ('completed','failed') THEN s.created + interval '2 minutes' END, 0, now() + "
        "interval '14 days'"
        " FROM (SELECT r.kind, CASE r.kind WHEN 0 THEN 'created' WHEN 1 THEN 'completed' WHEN 2 THEN "
        "'created' WHEN 3 THEN"
        " 'retry' WHEN 4 THEN 'active' ELSE 'failed' END AS state, now() - random() * interval '6 days' AS "
        "created FROM"
        " (SELECT CASE WHEN x < .80 THEN 0 WHEN x < .92 THEN 1 WHEN x < .94 THEN 2 WHEN x < .949 THEN 3 WHEN "
        "x < .95 THEN 4"
        " ELSE 5 END AS kind FROM (SELECT random() AS x FROM generate_series(1, " +
        std::to_string(rows) + ")) g) r) s");
    for (const auto& index : indexes) work.exec(index[0].c_str());
    work.exec("VACUUM (ANALYZE, DISABLE_PAGE_SKIPPING) pgboss.job_common");
}

int backendPid(pqxx::connection& control) {
    pqxx::nontransaction work(control);
    const auto rows = work.exec("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'spillway/%'");
    return rows.empty() ? 0 : rows[0][0].as<int>();
}

std::unique_ptr<PrivatePostgres> filledServer(long rows, int queues, QTextStream& out) {
    if (const auto missing = RealPgBoss::missing(); !missing.isEmpty()) {
        out << "not run: " << missing << Qt::endl;
        return nullptr;
    }
    auto server = PrivatePostgres::start(
        {.tcp = false,
         .settings = {u"shared_buffers=1GB"_s, u"max_wal_size=8GB"_s, u"autovacuum=off"_s},
         .hba = {}});
    if (!server) {
        out << server.failure().sentence() << Qt::endl;
        return nullptr;
    }
    { const RealPgBoss boss(**server, u"pgboss12"_s); }  // makes the schema
    out << "filling " << rows << " rows …" << Qt::endl;
    pqxx::connection connection((*server)->url().toStdString());
    fill(connection, rows, queues);
    return std::move(server).value();
}

}  // namespace

int main(int argc, char** argv) {
    const QCoreApplication app(argc, argv);
    QTextStream out(stdout);
    QCommandLineParser parser;
    parser.addOptions({{u"rows"_s, u"rows of the table"_s, u"n"_s, u"1000000"_s},
                       {u"queues"_s, u"queues"_s, u"n"_s, u"20"_s},
                       {u"polls"_s, u"polls"_s, u"n"_s, u"15"_s},
                       {u"url"_s, u"an already filled server instead of a private one"_s, u"url"_s}});
    parser.process(app);
    std::unique_ptr<PrivatePostgres> server;
    QString url = parser.value(u"url"_s);
    if (url.isEmpty()) {
        server = filledServer(parser.value(u"rows"_s).toLong(), parser.value(u"queues"_s).toInt(), out);
        if (!server) return 1;
        url = server->url();
    }
    pqxx::connection control(url.toStdString());
    auto backend = makePostgresBackend(*connectionFromUrl(url));
    for (int attempt = 1;; ++attempt) {  // right after the load the server may be slow to answer
        const auto opened = backend->open();
        const auto systems =
            opened ? backend->detect() : Outcome<std::vector<DetectedSystem>>(opened.failure());
        if (systems) break;
        out << systems.failure().sentence() << Qt::endl;
        if (attempt == 10) return 1;
    }
    const int pid = backendPid(control);
    std::vector<Cost> polls;
    PollCost cost;
    ServerReading last;
    for (int i = 0; i < parser.value(u"polls"_s).toInt(); ++i)
        polls.push_back(measured(pid, [&] {
            const auto reading = backend->read();
            if (!reading) out << reading.failure().sentence() << Qt::endl;
            if (reading) {
                cost = reading->cost;
                last = *reading;
            }
        }));
    for (const auto& queue : last.systems.at(0).queues)
        out << queue.queue << ": ready " << queue.ready.valueOr(-1) << " "
            << provenanceName(queue.ready.provenance) << ", dead " << queue.dead.valueOr(-1) << " "
            << provenanceName(queue.dead.provenance) << Qt::endl;
    const auto poll = median(polls);
    std::vector<Cost> pages, groups;
    for (int i = 0; i < 5; ++i) {
        pages.push_back(measured(pid, [&] {
            const auto page = backend->deadPage({.filter = {}, .limit = 100, .newest_first = i % 2 == 1});
            if (!page) out << page.failure().sentence() << Qt::endl;
        }));
        groups.push_back(measured(pid, [&] {
            const auto found = backend->deadGroups({});
            if (!found) out << found.failure().sentence() << Qt::endl;
        }));
    }
    int own = 0;
    {
        pqxx::nontransaction work(control);
        own = work.exec("SELECT pg_backend_pid()")[0][0].as<int>();
        work.exec("SET max_parallel_workers_per_gather = 0");
    }
    const auto naive = measured(own, [&] {
        pqxx::nontransaction work(control);
        work.exec("SELECT name, state, count(*) FROM pgboss.job GROUP BY name, state");
    });
    out << "first poll:  " << polls.front().wall_ms << " ms, server CPU " << polls.front().cpu_ms << " ms\n"
        << "median poll: " << poll.wall_ms << " ms, server CPU " << poll.cpu_ms << " ms, " << cost.round_trips
        << " round trips\n"
        << "worst poll:  "
        << std::max_element(polls.begin(), polls.end(), [](auto& a, auto& b) { return a.cpu_ms < b.cpu_ms; })
               ->cpu_ms
        << " ms server CPU\n"
        << "dead letters: first page " << pages.front().wall_ms << " ms, a page " << median(pages).wall_ms
        << " ms, the groups " << median(groups).wall_ms << " ms\n"
        << "GROUP BY name, state: " << naive.wall_ms << " ms, server CPU " << naive.cpu_ms << " ms\n"
        << "a poll is " << naive.cpu_ms / poll.cpu_ms << " times cheaper in server CPU" << Qt::endl;
    return 0;
}
