// Rows become leases, workers, claims, conditions and positions; no server.
#include <QtTest>

#include "backends/postgres/claims/reading.h"
#include "backends/postgres/dead/job_reading.h"
#include "backends/postgres/dead/position.h"
#include "backends/postgres/engine/count_advance.h"
#include "backends/postgres/engine/lease_reading.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

const ServerTime now = serverTimeFromSeconds(1'800'000'000);

std::string before(double seconds) {
    return toParameter(now - std::chrono::microseconds(static_cast<qint64>(seconds * 1e6)));
}

Rows rows(const std::vector<std::string>& columns, std::vector<TextValues> values) {
    Rows result;
    for (size_t i = 0; i < columns.size(); ++i) result.columns[columns[i]] = i;
    result.values = std::move(values);
    return result;
}

const std::vector<std::string> leaseColumns{"id",         "queue",       "owner",         "claimed_at",
                                            "expires_at", "owner_alive", "owner_seen_at", "evidence"};

}  // namespace

class TestPostgresReadings : public QObject {
    Q_OBJECT
private slots:
    void whyALeaseIsStuck_data();
    void whyALeaseIsStuck();
    void stuckLeasesComeFirst();
    void whatIsElsewhereIsNotReady();
    void workersThatSayLittle();
    void claimsOfAQueue();
    void conditionsOfUnknownKindAreLeftOut();
    void aCountIsBroughtForward();
    void positionsRoundTrip();
    void detailsOfAJob();
};

void TestPostgresReadings::whyALeaseIsStuck_data() {
    QTest::addColumn<QList<QByteArray>>("row");  // expires_at, owner_alive, owner_seen_at, evidence
    QTest::addColumn<QString>("weak");
    QTest::addColumn<QStringList>("evidence");
    const auto ago = [](double s) { return QByteArray::fromStdString(before(s)); };
    QTest::newRow("held") << QList<QByteArray>{ago(-60), "t", ago(3), {}} << QString() << QStringList{};
    QTest::newRow("no expiry, nobody knows")
        << QList<QByteArray>{{}, {}, {}, {}} << QString() << QStringList{};
    QTest::newRow("expired") << QList<QByteArray>{ago(120), {}, {}, {}} << QString()
                             << QStringList{u"expired 2 min ago by the rule"_s};
    QTest::newRow("expired by time alone")
        << QList<QByteArray>{ago(120), {}, {}, {}} << u"nobody renews it"_s
        << QStringList{u"weak: expired 2 min ago by the rule; nobody renews it"_s};
    QTest::newRow("expired, but its worker lives")
        << QList<QByteArray>{ago(120), "t", ago(1), {}} << QString()
        << QStringList{u"weak: expired 2 min ago by the rule; its worker is alive"_s};
    QTest::newRow("owner silent") << QList<QByteArray>{ago(-60), "f", ago(300), {}} << QString()
                                  << QStringList{u"w1 has given no sign of life for 5 min"_s};
    QTest::newRow("owner unknown, and more")
        << QList<QByteArray>{ago(60), "f", {}, "its queue is locked"} << u"by time"_s
        << QStringList{u"w1 is not among the live workers"_s, u"its queue is locked"_s,
                       u"weak: expired 1 min ago by the rule; by time"_s};
}

void TestPostgresReadings::whyALeaseIsStuck() {
    QFETCH(QList<QByteArray>, row);
    QFETCH(QString, weak);
    QFETCH(QStringList, evidence);
    const auto cell = [&](int i) {
        return row[i].isNull() ? std::optional<std::string>() : std::optional(row[i].toStdString());
    };
    Question question;
    const std::vector<Answered> answers{
        {&question, rows(leaseColumns, {{"7", "q", "w1", before(900), cell(0), cell(1), cell(2), cell(3)}})}};
    const auto leases = leasesFrom(answers, {u"the rule"_s, weak, u"fenced"_s}, u"X"_s, now);
    QCOMPARE(leases.size(), size_t(1));
    QCOMPARE(leases.front().evidence, evidence);
    QCOMPARE(leases.front().stuck, !evidence.isEmpty());
    QCOMPARE(leases.front().fencing, u"fenced"_s);
    QCOMPARE(leases.front().claimed_at, std::optional(now - std::chrono::seconds(900)));
}

void TestPostgresReadings::stuckLeasesComeFirst() {
    std::vector<TextValues> values;
    for (int i = 0; i < 600; ++i)
        values.push_back(
            {std::to_string(i), "q", {}, before(600 - i), before(i == 550 ? 1 : -60), {}, {}, {}});
    Question question;
    const auto leases = leasesFrom({{&question, rows(leaseColumns, std::move(values))}}, {}, u"X"_s, now);
    QCOMPARE(leases.size(), size_t(kMostLeases));
    QCOMPARE(leases[0].id, u"550"_s);
    QVERIFY(leases[0].evidence.front().contains(u"the rule of X"_s));
    QCOMPARE(leases[1].id, u"0"_s);
    QCOMPARE(leases[2].id, u"1"_s);
}

// 1 000 as of second 30; 10 came and 4 left in each second.
void TestPostgresReadings::aCountIsBroughtForward() {
    CountAdvance advance;
    const auto at = [](double second) { return serverTimeFromSeconds(1'800'000'000 + second); };
    const auto totals = [](qint64 second) {
        FlowTotals flow;
        flow.enqueued = Count::exact(10 * second);
        flow.completed = Count::exact(3 * second);
        flow.died = Count::exact(second);
        return flow;
    };
    const Count counted = Count::estimated(1'000, u"counted"_s);
    const auto of = [&](double asOf, qint64 second) {
        return advance.advanced("orders", counted, at(asOf), totals(second), {},
                                at(static_cast<double>(second)));
    };
    QCOMPARE(of(20, 40), counted);  // what happened before is not known
    QCOMPARE(of(20, 42).value, std::optional<qint64>(1'012));
    QVERIFY2(of(20, 44).method.contains(u"in the last 4 s"_s), qPrintable(of(20, 45).method));
    QCOMPARE(of(45.5, 50).value, std::optional<qint64>(1'027));  // counted anew, between two polls
    FlowTotals unsure = totals(52);
    unsure.completed = Count::lowerBound(1, u"capped"_s);
    QCOMPARE(advance.advanced("orders", counted, at(45.5), unsure, {}, at(52)), counted);
    QCOMPARE(of(45.5, 54), counted);  // over the gap nothing is added up
    QCOMPARE(of(54, 56).value, std::optional<qint64>(1'012));
}

// What comes and is scheduled, or waits for another job, is not ready.
void TestPostgresReadings::whatIsElsewhereIsNotReady() {
    CountAdvance advance;
    const auto at = [](qint64 second) { return serverTimeFromSeconds(1'800'000'000.0 + double(second)); };
    const Count counted = Count::estimated(1'000, u"counted"_s);
    const auto of = [&](qint64 second, const std::vector<Count>& elsewhere) {
        FlowTotals flow;  // ten come in each second
        flow.enqueued = Count::exact(10 * second);
        flow.completed = flow.died = Count::exact(0);
        return advance.advanced("orders", counted, at(0), flow, elsewhere, at(second)).value.value();
    };
    QCOMPARE(of(1, {Count::exact(5), Count::exact(0)}), qint64{1'000});
    QCOMPARE(of(3, {Count::exact(17), Count::exact(6)}), qint64{1'000 + 20 - 12 - 6});
    QCOMPARE(of(5, {Count::exact(17), Count::lowerBound(6, u"capped"_s)}), qint64{1'000});  // begins anew
    QCOMPARE(of(7, {Count::exact(17), Count::lowerBound(6, u"capped"_s)}), qint64{1'020});
}

void TestPostgresReadings::workersThatSayLittle() {
    const auto workers = workersFrom(
        rows({"id", "alive", "heartbeat_at", "concurrency", "queues", "pid"},
             {{"dead", "f", before(500), "9", "{a}", "1"}, {"live", "t", before(4), "5", "{a,\"b c\"}", {}}}),
        now);
    QCOMPARE(workers.live, Count::exact(1));
    QCOMPARE(workers.concurrency, Count::exact(5));
    QVERIFY(!workers.busy.known());
    QCOMPARE(workers.list.size(), size_t(2));
    QCOMPARE(workers.list.front().id, u"live"_s);
    QCOMPARE(workers.list.front().queues, (QStringList{u"a"_s, u"b c"_s}));
    QCOMPARE(*workers.list.front().heartbeat_age_s.value, 4.0);
    QVERIFY(!workers.list.front().pid);
    const auto none = workersFrom({}, now);
    QCOMPARE(none.live, Count::exact(0));
    QCOMPARE(none.busy, Count::exact(0));
}

void TestPostgresReadings::claimsOfAQueue() {
    Question question;
    const std::vector<Answered> claims{
        {&question, rows({"queue", "claims", "duplicates", "since", "evidence"},
                         {{"q", "1000", "2", before(60), "recorded"}, {"r", "7", {}, {}, "counter"}})}};
    const std::vector<Answered> duplicates{
        {&question,
         rows({"id", "queue", "first_owner", "second_owner", "overlap_s", "evidence", "note"},
              {{"5", "q", "a", "b", "1.5", "recorded", "twice"}, {"6", "elsewhere", "a", "b", {}, {}, {}}})}};
    const auto byQueue = claimsFrom(claims, duplicates);
    QCOMPARE(byQueue.size(), size_t(2));
    const auto& q = byQueue.at("q");
    QCOMPARE(q.claims, Count::exact(1000));
    QCOMPARE(q.duplicates, Count::exact(2));
    QCOMPARE(q.evidence, ClaimEvidence::recorded);
    QCOMPARE(q.incidents.size(), size_t(1));
    QCOMPARE(q.incidents.front().overlap_s, std::optional(1.5));
    QVERIFY(!byQueue.at("r").duplicates.known());
}

void TestPostgresReadings::conditionsOfUnknownKindAreLeftOut() {
    Question question;
    const auto found = conditionsFrom({{&question, rows({"kind", "queue", "n", "capped", "evidence"},
                                                        {{"from_the_future", "q", "1", "f", "x"},
                                                         {"never_claimed", "q", "12", "t", "attempts"},
                                                         {"no_leader", {}, {}, {}, "nobody"}})}});
    QCOMPARE(found.size(), size_t(2));
    QCOMPARE(found[0].kind, ConditionKind::never_claimed);
    QCOMPARE(found[0].count.provenance, Provenance::lower_bound);
    QVERIFY(found[1].queue.isEmpty());
    QVERIFY(!found[1].count.known());
}

void TestPostgresReadings::positionsRoundTrip() {
    DeadPosition position{
        before(5), {{{u"pgboss:a b"_s, "q\"\xff\n"}, 12}, {{u"x"_s, ""}, 1}}, 10'000, false};
    const auto back = deadPositionFrom(toToken(position));
    QVERIFY(back.ok());
    QCOMPARE(*back, position);
    QCOMPARE(*deadPositionFrom({}), DeadPosition{});
    position.died_at = "-infinity";
    QCOMPARE(deadPositionFrom(toToken(position))->died_at, std::string("-infinity"));
    position.died_at = "now'; drop table x";
    QVERIFY(!deadPositionFrom(toToken(position)).ok());
    QVERIFY(!deadPositionFrom(u"%%%"_s).ok());
}

void TestPostgresReadings::detailsOfAJob() {
    const auto data =
        rows({"id", "queue", "died_at", "error", "payload", "payload_bytes", "errors"},
             {{"1", "q", before(1), std::string(5000, 'e'), std::string(2'000'000, 'p'), "9000000",
               R"([{"at":"2026-01-01T00:00:00.5+00:00","attempt":1,"text":"first"},{"text":"last"}])"},
              {"2", "q", before(1), "only", {}, "9000000", "no json"}});
    const auto large = jobDetailFrom(data.at(0), u"s"_s);
    QCOMPARE(large.payload.size(), 1024 * 1024);
    QVERIFY(large.payload_cut);
    QCOMPARE(large.job.error.size(), 2000);
    QCOMPARE(large.errors.size(), size_t(2));
    QCOMPARE(toIsoUtc(*large.errors[0].at), u"2026-01-01T00:00:00.500Z"_s);
    QVERIFY(!large.errors[1].at && !large.errors[1].attempt);
    const auto unread = jobDetailFrom(data.at(1), u"s"_s);
    QVERIFY(unread.payload_cut);
    QCOMPARE(unread.errors.size(), size_t(1));
    QCOMPARE(unread.errors.front().text, u"only"_s);
}

QTEST_GUILESS_MAIN(TestPostgresReadings)
#include "tst_postgres_readings.moc"
