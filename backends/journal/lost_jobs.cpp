#include "backends/journal/lost_jobs.h"

#include "backends/journal/action_journal.h"
#include "backends/storage/sql_database.h"

namespace spillway {
using namespace Qt::StringLiterals;
using storage::SqlDatabase;
namespace {

qint64 microsOf(ServerTime time) {
    return static_cast<qint64>(time.time_since_epoch().count());
}

QString notNull(const QString& value) {
    return value.isNull() ? u""_s : value;
}

// Opening the journal makes and updates the file.
Outcome<std::unique_ptr<SqlDatabase>> opened(const QString& file) {
    const auto journal = ActionJournal::open(file);
    if (!journal) return journal.failure();
    return SqlDatabase::open(file, SqlDatabase::Access::write);
}

}  // namespace

Outcome<Done> rememberLost(const QString& journalFile, const QString& server,
                           const std::vector<LostJob>& jobs) {
    const auto database = opened(journalFile);
    if (!database) return database.failure();
    SqlDatabase& file = **database;
    storage::SqlTransaction transaction(file);
    bool kept = transaction.begun();
    for (const LostJob& job : jobs) {
        auto old = file.prepared(u"DELETE FROM lost_job WHERE noticed_us < ?"_s);
        kept = kept && file.run(old, {microsOf(job.noticed - kLostKept)});
        auto query = file.prepared(
            u"INSERT OR IGNORE INTO lost_job (server, system, queue, job, kind, payload, worker, noticed_us, "
            "claimed_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"_s);
        kept = kept && file.run(query, {notNull(server), job.system, job.queue, job.id, notNull(job.kind),
                                        job.payload, notNull(job.worker), microsOf(job.noticed),
                                        job.claimed_at ? QVariant(microsOf(*job.claimed_at)) : QVariant()});
    }
    if (kept && transaction.commit()) return Done{};
    return file.failure(u"The jobs that were lost with their worker could not be remembered."_s);
}

Outcome<std::vector<LostJob>> rememberedLost(const QString& journalFile, const QString& server,
                                             const QString& system, const QString& queue) {
    const auto database = opened(journalFile);
    if (!database) return database.failure();
    SqlDatabase& file = **database;
    auto query = file.prepared(
        u"SELECT job, kind, payload, worker, noticed_us, claimed_us FROM lost_job WHERE server = ? AND "
        u"system "
        "= ? AND queue = ? ORDER BY noticed_us, job LIMIT 10000"_s);
    if (!file.run(query, {notNull(server), system, queue}))
        return file.failure(u"The jobs that were lost with their worker could not be read."_s);
    std::vector<LostJob> jobs;
    while (query.next()) {
        LostJob& job = jobs.emplace_back();
        job.system = system;
        job.queue = queue;
        job.id = query.value(0).toString();
        job.kind = query.value(1).toString();
        job.payload = query.value(2).toByteArray();
        job.worker = query.value(3).toString();
        job.noticed = serverTimeFromMicros(query.value(4).toLongLong());
        if (!query.value(5).isNull()) job.claimed_at = serverTimeFromMicros(query.value(5).toLongLong());
    }
    return jobs;
}

}  // namespace spillway
