#include "backends/history/history_store.h"

#include "backends/history/finding_log.h"
#include "backends/history/history_file.h"
#include "backends/history/history_reading.h"
#include "backends/history/history_trimming.h"
#include "backends/history/poll_codec.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace history;

namespace {
constexpr int kLayoutWithPolls = 2;
constexpr std::size_t kEnoughPolls = 150;  // for five minutes
}  // namespace

struct HistoryStore::Inside {
    HistorySettings settings;
    const Clock& clock;
    HistoryFile file;
    HistoryRecorder recorder;  // also in a reader, for its names
    qlonglong namesVersion = -1;

    [[nodiscard]] bool writes() const { return file.role == HistoryRole::writer; }
    [[nodiscard]] SqlDatabase& database() const { return *file.database; }
    [[nodiscard]] HistorySource source() {
        return {database(), recorder.names(), writes() ? &recorder : nullptr};
    }
    [[nodiscard]] Failure untrimmed() const {
        return database().failure(u"The history %1 could not be trimmed."_s.arg(settings.path));
    }
    [[nodiscard]] Failure unreadable() const {
        return database().failure(u"The history %1 could not be read."_s.arg(settings.path));
    }
};

HistoryStore::HistoryStore(std::unique_ptr<Inside> inside) : m(std::move(inside)) {}

HistoryStore::~HistoryStore() {
    std::ignore = flush();
}

Outcome<std::unique_ptr<HistoryStore>> HistoryStore::open(const HistorySettings& settings,
                                                          const Clock& clock) {
    auto known = settings;
    if (known.path.isEmpty()) known.path = defaultHistoryPath();
    auto file = openHistoryFile(known);
    if (!file) return file.failure();
    auto inside = std::make_unique<Inside>(Inside{known, clock, std::move(file).value(), {}});
    if (inside->writes() && !inside->recorder.load(inside->database())) return inside->unreadable();
    return std::unique_ptr<HistoryStore>(new HistoryStore(std::move(inside)));
}

HistoryRole HistoryStore::role() const {
    return m->file.role;
}

std::vector<Failure> HistoryStore::takeNotices() {
    auto notices = std::exchange(m->file.notices, {});
    if (const qint64 lost = m->recorder.takeLostPieces(); lost > 0)
        notices.push_back(
            {FailureKind::overloaded,
             u"%1 piece(s) of history were given up: the disk was full for too long."_s.arg(lost),
             {},
             u"They show as gaps."_s});
    return notices;
}

void HistoryStore::record(const HistoryBatch& batch) {
    if (m->writes()) m->recorder.record(batch, m->clock.steadyNow());
}

// On a full disk the log may be what fills it: putting it into the file can make room.
Outcome<Done> HistoryStore::flush() {
    if (!m->writes()) return Done{};
    auto flushed = m->recorder.flush(m->database());
    if (flushed || m->database().fault() != StorageFault::full) return flushed;
    m->database().execute(u"PRAGMA wal_checkpoint(TRUNCATE)"_s);
    return m->recorder.flush(m->database());
}

Outcome<Done> HistoryStore::maintain() {
    if (!m->writes()) return Done{};
    m->recorder.retireIdle(m->clock.steadyNow());
    // First, so that a file at its hard limit has room for what waits.
    if (!trimBySize(m->database(), m->settings.size_cap_bytes)) return m->untrimmed();
    if (auto flushed = flush(); !flushed) return flushed;
    const bool trimmed =
        trimByAge(m->database(), m->recorder, m->settings, millisSinceEpoch(m->clock.wallNow())) &&
        trimBySize(m->database(), m->settings.size_cap_bytes);
    if (!trimmed) return m->untrimmed();
    m->recorder.names().forgetQueues(trimNames(m->database()));
    return Done{};
}

// A reader's names change when the writer commits.
bool HistoryStore::refreshNames() {
    if (m->writes()) return true;
    const auto version = m->database().value(u"PRAGMA data_version"_s).toLongLong();
    if (version == m->namesVersion) return true;
    m->namesVersion = version;
    return m->recorder.names().load(m->database());
}

Outcome<HistoryAnswer> HistoryStore::answer(const HistoryQuery& query) {
    if (!refreshNames()) return m->unreadable();
    return answerQuery(m->source(), query);
}

Outcome<std::vector<HistorySeries>> HistoryStore::series() {
    if (!refreshNames()) return m->unreadable();
    return listSeries(m->source());
}

Outcome<HistoryExtent> HistoryStore::extent() {
    HistoryExtent extent;
    const QVariant first = m->database().value(
        u"SELECT min(start_ms) FROM (SELECT start_ms FROM open_chunk UNION ALL "
        "SELECT start_ms FROM (SELECT start_ms FROM chunk ORDER BY id LIMIT 1))"_s);
    if (m->database().fault() != StorageFault::none) return m->unreadable();
    // An hour's bucket begins at the full hour, though the first sample may have come late in it.
    const QVariant raw = m->database().value(
        u"SELECT min(start_ms) FROM (SELECT start_ms FROM open_chunk WHERE tier = 0 UNION ALL "
        "SELECT start_ms FROM (SELECT start_ms FROM chunk WHERE tier = 0 ORDER BY id LIMIT 1))"_s);
    const bool sameHour =
        !raw.isNull() && raw.toLongLong() - first.toLongLong() < tierWidthMs(HistoryTier::hour);
    if (!first.isNull()) extent.oldest = serverTimeFromMillis((sameHour ? raw : first).toLongLong());
    extent.file_bytes = m->database().value(u"PRAGMA page_count"_s).toLongLong() *
                        m->database().value(u"PRAGMA page_size"_s).toLongLong();
    return extent;
}

bool HistoryStore::readFindings(const QString& connection, RecordedPast& past) {
    QSqlQuery query =
        m->database().prepared(u"SELECT id, since_ms, seen_ms FROM finding WHERE connection = ?"_s);
    if (!m->database().run(query, {connection})) return false;
    while (query.next())
        past.findings.push_back({query.value(0).toString(), serverTimeFromMillis(query.value(1).toLongLong()),
                                 serverTimeFromMillis(query.value(2).toLongLong())});
    return true;
}

bool HistoryStore::readPolls(const QString& connection, RecordedPast& past) {
    // Another instance may have left an older layout.
    if (m->database().value(u"PRAGMA user_version"_s).toInt() < kLayoutWithPolls) return true;
    QSqlQuery query =
        m->database().prepared(u"SELECT at_ms, data FROM lately WHERE connection = ? ORDER BY at_ms"_s);
    if (!m->database().run(query, {connection})) return false;
    std::vector<std::pair<qint64, QByteArray>> rows;
    while (query.next()) rows.emplace_back(query.value(0).toLongLong(), query.value(1).toByteArray());
    const std::size_t step = 1 + rows.size() / kEnoughPolls;
    std::vector<RecordedPoll> polls;
    for (std::size_t i = (rows.size() + step - 1) % step; i < rows.size();
         i += step)  // the newest is the last
        if (auto poll = decodePoll(serverTimeFromMillis(rows[i].first), rows[i].second))
            polls.push_back(std::move(*poll));
    past.polls = std::make_shared<const std::vector<RecordedPoll>>(std::move(polls));
    return true;
}

Outcome<RecordedPast> HistoryStore::past(const QString& connection) {
    if (auto flushed = flush(); !flushed) return flushed.failure();
    RecordedPast past;
    const QString name = storedName(connection);
    if (!readFindings(name, past) || !readPolls(name, past)) return m->unreadable();
    return past;
}

Outcome<std::vector<FindingRun>> HistoryStore::findingRuns(const FindingRunQuery& query) {
    if (auto flushed = flush(); !flushed) return flushed.failure();
    return listFindingRuns(m->database(), query);
}

Outcome<Acknowledgements> HistoryStore::acknowledgements(const QString& connection, bool alsoPast) {
    return listAcknowledgements(m->database(), connection, alsoPast);
}

template <typename Write>
auto HistoryStore::writeAtOnce(const QString& what, Write write) {
    using Written = decltype(write(m->database()));
    if (m->writes()) return write(m->database());
    if (role() == HistoryRole::newer_layout)
        return Written(Failure{FailureKind::changed,
                               u"%1 was not written: a newer Spillway wrote the history."_s.arg(what),
                               {},
                               u"Update this Spillway."_s});
    auto own = SqlDatabase::open(m->settings.path, SqlDatabase::Access::write);
    if (!own) return Written(own.failure());
    return write(*own.value());
}

Outcome<Done> HistoryStore::acknowledge(const Acknowledgement& said) {
    return writeAtOnce(u"The acknowledgement"_s,
                       [&](SqlDatabase& database) { return insertAcknowledgement(database, said); });
}

Outcome<HistoryMark> HistoryStore::addMark(const HistoryMark& mark) {
    return writeAtOnce(u"The mark"_s, [&](SqlDatabase& database) { return insertMark(database, mark); });
}

Outcome<std::vector<HistoryMark>> HistoryStore::marks(const HistoryMarkQuery& query) {
    return listMarks(m->database(), query);
}

}  // namespace spillway
