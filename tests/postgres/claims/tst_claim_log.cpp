// The claim log: real workers on real connections claim jobs rightly and wrongly, and count themselves.
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <mutex>
#include <pqxx/pqxx>
#include <random>
#include <thread>

#include "backends/health/duplicate_claims.h"
#include "backends/postgres/claims/accumulator.h"
#include "backends/postgres/claims/log.h"
#include "tests/postgres/postgres_fixture.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

constexpr auto table = R"(
CREATE TABLE jobs (
    id bigserial PRIMARY KEY, claimed boolean NOT NULL DEFAULT false, claimed_by text, claimed_at timestamptz,
    lease_until timestamptz, attempts int NOT NULL DEFAULT 0, finished_at timestamptz))";

constexpr auto mapping = R"(
name = "jobs"
table = "public.jobs"
[columns]
id = "id"
claimed = "claimed"
owner = "claimed_by"
claimed_at = "claimed_at"
lease_until = "lease_until"
attempts = "attempts"
finished_at = "finished_at"
)";

constexpr int workers = 8;

// What the workers themselves saw: every claim they believed to have won.
struct Witness {
    std::mutex mutex;
    std::map<qint64, int> claims;

    void saw(qint64 job) {
        const std::lock_guard lock(mutex);
        ++claims[job];
    }
    [[nodiscard]] qint64 total() const {
        qint64 sum = 0;
        for (const auto& [job, n] : claims) sum += n;
        return sum;
    }
    [[nodiscard]] qint64 duplicates() const { return total() - static_cast<qint64>(claims.size()); }
};

using Claim = std::optional<qint64> (*)(pqxx::nontransaction& work, const std::string& me,
                                        std::mt19937& random);

// First look, then take: between the two somebody else may look, too.
std::optional<qint64> checkThenAct(pqxx::nontransaction& work, const std::string& me, std::mt19937& random) {
    const auto rows = work.exec(
        "SELECT id FROM jobs WHERE NOT claimed AND finished_at IS NULL ORDER BY id LIMIT 1 OFFSET " +
        std::to_string(random() % 3));
    if (rows.empty()) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 1500));
    work.exec("UPDATE jobs SET claimed = true, claimed_by = '" + me +
              "', claimed_at = clock_timestamp(), attempts = attempts + 1 WHERE id = " + rows[0][0].c_str());
    return rows[0][0].as<qint64>();
}

std::optional<qint64> atomic(pqxx::nontransaction& work, const std::string& me, std::mt19937&) {
    const auto rows =
        work.exec("UPDATE jobs SET claimed = true, claimed_by = '" + me +
                  "', claimed_at = clock_timestamp(), attempts = attempts + 1 WHERE id = (SELECT id FROM "
                  "jobs WHERE NOT claimed ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id");
    if (rows.empty()) return std::nullopt;
    return rows[0][0].as<qint64>();
}

void work(const std::string& url, int number, Claim claim, Witness& witness) {
    pqxx::connection connection(url);
    pqxx::nontransaction work(connection);
    std::mt19937 random(static_cast<unsigned>(number));
    const std::string me("worker " + std::to_string(number));
    for (int idle = 0; idle < 3;) {
        const auto job = claim(work, me, random);
        if (!job) {
            ++idle;
            continue;
        }
        witness.saw(*job);
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 800));
        work.exec("UPDATE jobs SET finished_at = clock_timestamp() WHERE id = " + std::to_string(*job));
    }
}

}  // namespace

class TestClaimLog : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void nothingIsWrittenInProduction();
    void installedAndRemoved();
    void workersCountTheSame_data();
    void workersCountTheSame();
    void everyKindOfClaim();
    void retriesAreAmplification_data();
    void retriesAreAmplification();
    void longLogIsCaughtUpWith();
    void whatWasTooMuchIsAskedInSmallerPieces();
    void veryOldEventsAreLeftAlone();
    void aLogMadeAnewStartsAgain();
    void latecomersAreCounted_data();
    void latecomersAreCounted();
    void theEndOfALateClaimIsFound();
    void hostileNamesInTheSql();

private:
    [[nodiscard]] ConnectionSettings settings(Environment environment = Environment::development);
    std::unique_ptr<QueueBackend> ready();
    ClaimsReading claims(QueueBackend& backend);
    ClaimsReading whole(QueueBackend& backend);
    void logClaims(int n, const std::string& age, const std::string& before = "'free'");
    PostgresFixture m_fixture;
    QTemporaryDir m_files;
    QByteArray m_mapping = mapping;
};

void TestClaimLog::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    qputenv("XDG_CONFIG_HOME", m_files.path().toUtf8());
}

void TestClaimLog::init() {
    m_fixture.freshDatabase(u"app"_s);
    m_fixture.sql(table);
    m_mapping = mapping;
}

ConnectionSettings TestClaimLog::settings(Environment environment) {
    QFile file(m_files.filePath(u"mapping.toml"_s));
    if (file.open(QIODevice::WriteOnly)) file.write(m_mapping);
    auto settings = m_fixture.settings();
    settings.mappingFiles = {file.fileName()};
    settings.environment = environment;
    return settings;
}

std::unique_ptr<QueueBackend> TestClaimLog::ready() {
    auto backend = makePostgresBackend(settings());
    const auto opened = backend->open();
    const auto systems = opened ? backend->detect() : Outcome<std::vector<DetectedSystem>>(opened.failure());
    if (systems) return backend;
    qWarning().noquote() << systems.failure().sentence();
    return nullptr;
}

// A busy machine may make a poll time out; the totals live on across a reconnect.
ClaimsReading TestClaimLog::claims(QueueBackend& backend) {
    QString why = u"no system"_s;
    for (int attempt = 0; attempt < 10; ++attempt) {
        const auto reading = backend.read();
        if (reading && !reading->systems.empty()) return reading->systems.front().queues.front().claims;
        if (!reading) why = reading.failure().sentence();
        if (!backend.open() || !backend.detect()) QTest::qWait(100);
    }
    qWarning().noquote() << why;
    return {};
}

// Of a busy server one poll asks for less than the whole log.
ClaimsReading TestClaimLog::whole(QueueBackend& backend) {
    ClaimsReading seen = claims(backend);
    for (int polls = 0; polls < 60 && seen.claims.provenance == Provenance::lower_bound; ++polls)
        seen = claims(backend);
    return seen;
}

// Claims of jobs 1 to n, as the trigger would have logged them; `before` is SQL and may use g, the job.
void TestClaimLog::logClaims(int n, const std::string& age, const std::string& before) {
    m_fixture.sql(
        "INSERT INTO jobs_claim_log (event, job, owner, at, before) SELECT 'claim', g::text, 'w', now() - "
        "interval '" +
        age + "', " + before + " FROM generate_series(1, " + std::to_string(n) + ") g");
}

void TestClaimLog::nothingIsWrittenInProduction() {
    const auto refused = installClaimLog(settings(Environment::production), u"mapped:jobs"_s);
    QVERIFY(!refused.ok());
    QCOMPARE(refused.failure().kind, FailureKind::usage);
    QVERIFY(refused.failure().what.contains(u"production"_s));
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM pg_class WHERE relname LIKE '%claim_log%'"),
             std::string("0"));
    const auto proposed = proposeClaimLog(settings(Environment::production), u"mapped:jobs"_s);
    VERIFY_OK(proposed);
    QVERIFY(proposed->install.contains(u"CREATE TRIGGER \"jobs_claim_log\" AFTER UPDATE ON public.jobs"_s));
    const auto unknown = proposeClaimLog(settings(), u"mapped:other"_s);
    QVERIFY(!unknown.ok());
    QVERIFY(unknown.failure().nextStep.contains(u"mapped:jobs"_s));
}

void TestClaimLog::installedAndRemoved() {
    QVERIFY(!claims(*ready()).claims.known());
    VERIFY_OK(installClaimLog(settings(), u"mapped:jobs"_s));
    const auto backend = ready();
    QCOMPARE(claims(*backend).claims, Count::exact(0));
    QCOMPARE(claims(*backend).evidence, ClaimEvidence::recorded);
    QVERIFY(!installClaimLog(settings(), u"mapped:jobs"_s).ok());  // it is there
    VERIFY_OK(removeClaimLog(settings(), u"mapped:jobs"_s));
    QVERIFY(!claims(*ready()).claims.known());
    m_fixture.sql("INSERT INTO jobs DEFAULT VALUES; UPDATE jobs SET claimed = true");
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM pg_proc WHERE proname LIKE '%claim_log%'"),
             std::string("0"));
}

void TestClaimLog::workersCountTheSame_data() {
    QTest::addColumn<bool>("rightly");
    QTest::newRow("check, then act") << false;
    QTest::newRow("atomic") << true;
}

void TestClaimLog::workersCountTheSame() {
    QFETCH(bool, rightly);
    VERIFY_OK(installClaimLog(settings(), u"mapped:jobs"_s));
    const int jobs = rightly ? 3000 : 1500;
    m_fixture.sql("INSERT INTO jobs (attempts) SELECT 0 FROM generate_series(1, " + std::to_string(jobs) +
                  ")");
    const auto backend = ready();
    QVERIFY(backend);
    Witness witness;
    std::vector<std::jthread> threads;  // a failed check joins them, too
    const auto url = m_fixture.server().url(u"app"_s).toStdString();
    for (int i = 0; i < workers; ++i)
        threads.emplace_back([&, i] { work(url, i, rightly ? atomic : checkThenAct, witness); });
    qint64 before = 0;
    for (int polls = 0; polls < 10; ++polls) {  // totals only grow while they are at it
        const auto seen = claims(*backend).claims.valueOr(-1);
        QVERIFY(seen >= before);
        before = seen;
        QTest::qWait(30);
    }
    for (auto& thread : threads) thread.join();
    QCOMPARE(static_cast<int>(witness.claims.size()), jobs);
    const auto seen = whole(*backend);
    QVERIFY2(seen.claims == Count::exact(witness.total()),
             qPrintable(u"%1 claims seen of %2"_s.arg(seen.claims.valueOr(-1)).arg(witness.total())));
    QCOMPARE(seen.duplicates, Count::exact(witness.duplicates()));
    QVERIFY(seen.since.has_value());
    // Each job had one first attempt; every other claim is amplification, seen by the same log.
    const auto flow = backend->read();
    VERIFY_OK(flow);
    const auto& totals = flow->systems.front().queues.front().flow;
    QCOMPARE(totals.executed, Count::exact(witness.total()));
    QCOMPARE(totals.first_executed, Count::exact(jobs));
    const auto bound = duplicateClaims(seen.claims, seen.duplicates);
    if (rightly) {
        QCOMPARE(*seen.duplicates.value, 0);
        QVERIFY(seen.incidents.empty());
        const double expected = 1e6 * 3.0 / jobs;  // the rule of three
        QVERIFY2(std::abs(*bound.upper95_ppm.value / expected - 1) < 0.02,
                 qPrintable(QString::number(*bound.upper95_ppm.value)));
        return;
    }
    QVERIFY2(*seen.duplicates.value > 0, "the workers never collided");
    QVERIFY(!seen.incidents.empty());
    for (const auto& incident : seen.incidents) {
        QVERIFY(incident.first_owner != incident.second_owner);
        QVERIFY(incident.first_owner.startsWith(u"worker"_s) &&
                incident.second_owner.startsWith(u"worker"_s));
        QVERIFY(incident.first_claimed_at && incident.second_claimed_at);
        QVERIFY(*incident.first_claimed_at <= *incident.second_claimed_at);
        QVERIFY2(incident.overlap_s.has_value(), qPrintable(incident.id + u": "_s + incident.note));
        QVERIFY2(*incident.overlap_s >= 0 && *incident.overlap_s < 10,  // a stalled machine stretches it
                 qPrintable(QString::number(*incident.overlap_s)));
    }
    const auto again = ready();  // somebody who comes later reads the same
    QCOMPARE(whole(*again).duplicates, seen.duplicates);
}

// One job through every change that a claim log must tell apart.
void TestClaimLog::everyKindOfClaim() {
    VERIFY_OK(installClaimLog(settings(), u"mapped:jobs"_s));
    m_fixture.sql("INSERT INTO jobs (attempts) SELECT 0 FROM generate_series(1, 3)");
    const auto claim = [&](int job, const std::string& who) {
        m_fixture.sql("UPDATE jobs SET claimed = true, claimed_by = '" + who +
                      "', claimed_at = clock_timestamp(), lease_until = clock_timestamp() + interval '1 "
                      "hour', attempts "
                      "= attempts + 1 WHERE id = " +
                      std::to_string(job));
    };
    const auto backend = ready();
    const auto counts = [&] {
        const auto seen = claims(*backend);
        return std::pair(*seen.claims.value, *seen.duplicates.value);
    };
    using Pair = std::pair<qint64, qint64>;
    claim(1, "a");
    QCOMPARE(counts(), Pair(1, 0));
    m_fixture.sql(
        "UPDATE jobs SET lease_until = clock_timestamp() + interval '2 hours', claimed_at = "
        "clock_timestamp() WHERE id = 1");  // a renews
    QCOMPARE(counts(), Pair(1, 0));
    m_fixture.sql("UPDATE jobs SET claimed = false, claimed_by = NULL WHERE id = 1");  // gives it back
    claim(1, "b");
    QCOMPARE(counts(), Pair(2, 0));
    m_fixture.sql("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s' WHERE id = 1");
    claim(1, "c");  // takes over what has expired
    QCOMPARE(counts(), Pair(3, 0));
    claim(1, "d");  // takes what c holds
    QCOMPARE(counts(), Pair(4, 1));
    QVERIFY(!claims(*backend).incidents.front().overlap_s);
    m_fixture.sql("UPDATE jobs SET finished_at = clock_timestamp() WHERE id = 1");
    QVERIFY(claims(*backend).incidents.front().overlap_s.has_value());
    claim(1, "e");  // runs it again
    QCOMPARE(counts(), Pair(5, 2));
    const auto last = claims(*backend).incidents.front();
    QCOMPARE(last.note, u"claimed again after d had finished it"_s);
    QCOMPARE(last.second_owner, u"e"_s);
    QCOMPARE(last.overlap_s, std::optional(0.0));
    QCOMPARE(claims(*backend).incidents.size(), size_t(2));
    m_fixture.sql("UPDATE jobs SET attempts = attempts WHERE id = 2");  // no change of hands
    QCOMPARE(counts(), Pair(5, 2));
}

void TestClaimLog::retriesAreAmplification_data() {
    QTest::addColumn<bool>("counted");
    QTest::newRow("attempts are counted") << true;
    QTest::newRow("attempts are not mapped") << false;
}

// Five attempts of each of four jobs: 20 executions, 4 of them first ones.
void TestClaimLog::retriesAreAmplification() {
    QFETCH(bool, counted);
    if (!counted) m_mapping.replace("attempts = \"attempts\"\n", "");
    VERIFY_OK(installClaimLog(settings(), u"mapped:jobs"_s));
    m_fixture.sql("INSERT INTO jobs (attempts) SELECT 0 FROM generate_series(1, 4)");
    const auto backend = ready();
    for (int attempt = 0; attempt < 5; ++attempt) {
        m_fixture.sql(
            "UPDATE jobs SET claimed = true, claimed_by = 'a', claimed_at = clock_timestamp(), "
            "attempts = attempts + 1");
        m_fixture.sql("UPDATE jobs SET claimed = false, claimed_by = NULL");  // failed, to be tried again
    }
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto& totals = reading->systems.front().queues.front().flow;
    if (counted) {
        QCOMPARE(totals.executed, Count::exact(20));
        QCOMPARE(totals.first_executed, Count::exact(4));
    } else {
        QVERIFY(!totals.executed.known());
        QVERIFY2(totals.executed.method.contains(u"attempts"_s), qPrintable(totals.executed.method));
    }
}

void TestClaimLog::longLogIsCaughtUpWith() {
    VERIFY_OK(installClaimLog(settings(), u"mapped:jobs"_s));
    logClaims(100'000, "1 day", "CASE WHEN g % 1000 = 0 THEN 'held' ELSE 'free' END");
    const auto backend = ready();
    auto seen = claims(*backend);
    QCOMPARE(seen.claims.provenance, Provenance::lower_bound);
    QVERIFY(*seen.claims.value > 0 && *seen.claims.value <= ClaimAccumulator::mostEvents);
    seen = whole(*backend);
    QCOMPARE(seen.claims, Count::exact(100'000));
    QCOMPARE(seen.duplicates, Count::exact(100));
    QCOMPARE(seen.incidents.size(), size_t(20));
    const double days = secondsBetween(*seen.since, *claims(*backend).since) + 1;
    QCOMPARE(days, 1.0);  // the start stays the start
}

// What did not get through is not asked again like this after the reconnect.
void TestClaimLog::whatWasTooMuchIsAskedInSmallerPieces() {
    VERIFY_OK(installClaimLog(settings(), u"mapped:jobs"_s));
    logClaims(20'000, "0 s");
    const auto backend = ready();
    QVERIFY(backend);
    {
        pqxx::connection other(m_fixture.server().url(u"app"_s).toStdString());
        pqxx::work holds(other);
        holds.exec("LOCK TABLE jobs_claim_log IN ACCESS EXCLUSIVE MODE");
        const auto failed = backend->read();
        QVERIFY(!failed.ok());
        QCOMPARE(failed.failure().kind, FailureKind::overloaded);
    }
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    const auto seen = claims(*backend);
    QCOMPARE(seen.claims.provenance, Provenance::lower_bound);
    QVERIFY2(*seen.claims.value <= 5'000, qPrintable(QString::number(*seen.claims.value)));
    QCOMPARE(whole(*backend).claims, Count::exact(20'000));
}

// Nobody trims the log: what is older than a million events is left alone, and the reading says since when.
void TestClaimLog::veryOldEventsAreLeftAlone() {
    VERIFY_OK(installClaimLog(settings(), u"mapped:jobs"_s));
    logClaims(9, "90 days", "'held'");
    m_fixture.sql("SELECT setval('jobs_claim_log_position_seq', " +
                  std::to_string(ClaimAccumulator::lookBack + 100) + ")");
    logClaims(5, "1 hour");
    const auto backend = ready();
    QCOMPARE(claims(*backend).claims.provenance, Provenance::lower_bound);
    const auto seen = claims(*backend);
    QCOMPARE(seen.claims, Count::exact(5));
    QCOMPARE(seen.duplicates, Count::exact(0));
    QVERIFY(seen.since.has_value());
    const auto now = backend->read();
    VERIFY_OK(now);
    QVERIFY(std::abs(secondsBetween(*seen.since, now->observed_at) - 3600) < 60);
}

void TestClaimLog::aLogMadeAnewStartsAgain() {
    VERIFY_OK(installClaimLog(settings(), u"mapped:jobs"_s));
    m_fixture.sql(
        "INSERT INTO jobs (attempts) SELECT 0 FROM generate_series(1, 9); UPDATE jobs SET claimed = true");
    const auto backend = ready();
    QCOMPARE(claims(*backend).claims, Count::exact(9));
    m_fixture.sql("TRUNCATE jobs_claim_log RESTART IDENTITY; UPDATE jobs SET claimed_by = 'x' WHERE id = 5");
    QCOMPARE(claims(*backend).claims.provenance, Provenance::lower_bound);  // seen, and to be read next
    QCOMPARE(claims(*backend).claims, Count::exact(1));
}

// A transaction that began earlier may commit later: its events lie before what was read already.
void TestClaimLog::latecomersAreCounted_data() {
    QTest::addColumn<int>("already");
    QTest::newRow("after others") << 1;
    QTest::newRow("the very first event of the log") << 0;
}

void TestClaimLog::latecomersAreCounted() {
    QFETCH(int, already);
    VERIFY_OK(installClaimLog(settings(), u"mapped:jobs"_s));
    m_fixture.sql(
        "INSERT INTO jobs (attempts) SELECT 0 FROM generate_series(1, 3); UPDATE jobs SET claimed = true "
        "WHERE id <= " +
        std::to_string(already));
    const auto backend = ready();
    QCOMPARE(claims(*backend).claims, Count::exact(already));
    pqxx::connection slow(m_fixture.server().url(u"app"_s).toStdString());
    pqxx::work open(slow);
    open.exec("UPDATE jobs SET claimed = true, claimed_by = 'slow' WHERE id = 2");
    m_fixture.sql("UPDATE jobs SET claimed = true, claimed_by = 'quick' WHERE id = 3");
    QCOMPARE(claims(*backend).claims, Count::exact(already + 1));
    open.commit();
    QCOMPARE(claims(*backend).claims, Count::exact(already + 2));
    QCOMPARE(claims(*backend).claims, Count::exact(already + 2));
}

// The claim's transaction ends after the poll that passed its number; its job is over by the next poll.
void TestClaimLog::theEndOfALateClaimIsFound() {
    VERIFY_OK(installClaimLog(settings(), u"mapped:jobs"_s));
    m_fixture.sql(
        "INSERT INTO jobs (attempts) SELECT 0 FROM generate_series(1, 2); "
        "UPDATE jobs SET claimed = true, claimed_by = 'first' WHERE id = 1");
    const auto backend = ready();
    QCOMPARE(claims(*backend).claims, Count::exact(1));
    pqxx::connection slow(m_fixture.server().url(u"app"_s).toStdString());
    pqxx::work open(slow);
    open.exec("UPDATE jobs SET claimed = true, claimed_by = 'slow' WHERE id = 1");
    m_fixture.sql("UPDATE jobs SET claimed = true, claimed_by = 'quick' WHERE id = 2");
    QCOMPARE(claims(*backend).duplicates, Count::exact(0));
    open.commit();
    m_fixture.sql("UPDATE jobs SET finished_at = clock_timestamp() WHERE id = 1");
    const auto seen = claims(*backend);
    QCOMPARE(seen.duplicates, Count::exact(1));
    QCOMPARE(seen.incidents.size(), size_t(1));
    QCOMPARE(seen.incidents.front().second_owner, u"slow"_s);
    QVERIFY(seen.incidents.front().overlap_s.has_value());
    const std::string truth = m_fixture.sql(
        "SELECT extract(epoch FROM f.at - c.at) FROM jobs_claim_log f, jobs_claim_log c WHERE f.event = "
        "'finish' AND c.owner = 'slow' AND c.event = 'claim'");
    QVERIFY(std::abs(*seen.incidents.front().overlap_s - std::stod(truth)) < 1e-5);
}

void TestClaimLog::hostileNamesInTheSql() {
    m_fixture.sql(
        "CREATE SCHEMA \"we\"\"ird\"; CREATE TABLE \"we\"\"ird\".\"Jobs {log} $claim_log$\" (\"Id\" uuid "
        "PRIMARY "
        "KEY DEFAULT gen_random_uuid(), \"st$claim_log$\" text NOT NULL DEFAULT 'new', who text)");
    m_mapping =
        "name = \"odd\"\nschema = \"we\\\"ird\"\ntable = \"Jobs {log} $claim_log$\"\n[columns]\nid = "
        "\"Id\"\nstatus = "
        "\"st$claim_log$\"\nowner = \"who\"\n[status]\nready = [\"new\"]\nrunning = [\"it's {id} "
        "$claim_log$\"]\ndone = "
        "[\"ok\"]\n";
    VERIFY_OK(installClaimLog(settings(), u"mapped:odd"_s));
    const std::string jobs = "\"we\"\"ird\".\"Jobs {log} $claim_log$\"";
    m_fixture.sql("INSERT INTO " + jobs + " DEFAULT VALUES; UPDATE " + jobs +
                  " SET \"st$claim_log$\" = 'it''s {id} $claim_log$', who = 'w'; UPDATE " + jobs +
                  " SET who = 'v'");
    const auto seen = claims(*ready());
    QCOMPARE(seen.claims, Count::exact(2));
    QCOMPARE(seen.duplicates, Count::exact(1));
    VERIFY_OK(removeClaimLog(settings(), u"mapped:odd"_s));
}

QTEST_GUILESS_MAIN(TestClaimLog)
#include "tst_claim_log.moc"
