// Replay and release of stream entries with live consumers. Streams have no library: a consumer is a few
// commands.
#include <QtTest>
#include <atomic>
#include <thread>

#include "tests/redis/acting/acting_probe.h"
#include "tests/redis/streams/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

// Reads new entries, takes over claims that are older than an hour, notes each in "ran:<value>" and
// acknowledges it. What is "bad" goes to the dead letters first, with its error and where it came from.
class Consumer {
public:
    Consumer(const PrivateRedis& redis, QByteArray name)
        : m_redis(redis), m_name(std::move(name)), m_thread([this] { work(); }) {}
    ~Consumer() {
        m_stop = true;
        m_thread.join();
    }

private:
    void work() {
        const QByteArray step =
            "local e = redis.call('XREADGROUP', 'GROUP', 'billing', ARGV[1], 'COUNT', 1, 'STREAMS', KEYS[1], "
            "'>') "
            "e = e and e[1][2] or redis.call('XAUTOCLAIM', KEYS[1], 'billing', ARGV[1], 3600000, '0', "
            "'COUNT', 1)[2] "
            "if not e[1] then return 'idle' end "
            "local id, f = e[1][1], e[1][2] "
            "if f[2] == 'bad' then redis.call('XADD', KEYS[1] .. ':dlq', '*', 'original_id', id, 'error', "
            "'no card', "
            "unpack(f)) end "
            "redis.call('INCR', 'ran:' .. f[2]) redis.call('XACK', KEYS[1], 'billing', id) return 'ran'";
        while (!m_stop) {
            const QByteArray did = redisCommand(m_redis, {"EVAL", step, "1", "orders", m_name});
            if (did != "ran") std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    const PrivateRedis& m_redis;
    QByteArray m_name;
    std::atomic<bool> m_stop = false;
    std::thread m_thread;
};

const QString kQueue = u"orders/billing"_s;

Capability can(const ActingProbe& acting, const QString& action) {
    const Capabilities all = acting.capabilities();
    for (const Capability& each : all.list())
        if (each.signal == action) return each;
    return {};
}

}  // namespace

class TestActingStreams : public QObject, private StreamStage {
    Q_OBJECT
private slots:
    void init() {
        QVERIFY2(start(), qPrintable(problem()));
        group();
    }

    void anOldClaimBecomesDueAndRunsOnce();
    void aClaimThatMovedOnIsLeft();
    void deadLettersGoBackToTheirSource();
    void aLetterThatDiesAgainIsSeen();
    void severalGroupsOrNoLettersSaySo();
    void rightsThatAreMissingAreNamed();
    void neitherUndoneNorLost();

private:
    // Claimed by that consumer an hour less a minute ago.
    void age(const QByteArray& id, const QByteArray& consumer = "lost") {
        command({"XCLAIM", "orders", "billing", consumer, "0", id, "IDLE", "3540000", "JUSTID"});
    }
    [[nodiscard]] QByteArray pending(const QByteArray& id) {
        return command({"EVAL",
                        "local p = redis.call('XPENDING', 'orders', 'billing', ARGV[1], ARGV[1], 1)[1] "
                        "return p and p[2] .. ' ' .. p[4] or 'none'",
                        "0", id});
    }
    QByteArray letter(const QByteArray& value, const QByteArray& error = "no card") {
        return command({"XADD", "orders:dlq", "*", "value", value, "error", error, "attempts", "3"});
    }
};

void TestActingStreams::anOldClaimBecomesDueAndRunsOnce() {
    const auto ids = add(2, "orders", "a") + add(1, "orders", "young");
    read("lost", 3);
    age(ids[0]);
    age(ids[1]);
    ActingProbe acting(m_redis->url(), kStreams, kQueue);
    const ActionPlan plan = acting.plan(ActionKind::release);
    QVERIFY2(plan.jobs.size() == 2, qPrintable(acting.failure()));
    QCOMPARE(plan.jobs[0].id.toLatin1(), ids[0]);
    const auto facts = acting.backend().facts(plan);
    QVERIFY(facts);
    QCOMPARE(facts->weak_leases, 2);  // Redis knows nothing but age
    // Nothing happened yet: both stand as planned.
    QCOMPARE(acting.backend().readBack(plan, 0, 2)->size(), size_t(0));
    QCOMPARE(ActingProbe::outcomes(acting.run(plan)), u"moved moved"_s);
    QCOMPARE(pending(ids[0]), QByteArray("lost 1"));  // no delivery is counted by us
    QCOMPARE(acting.backend().readBack(plan, 0, 2)->size(), size_t(2));
    QVERIFY(ActingProbe::outcomes(acting.apply(plan)).startsWith(u"conflict"_s));
    Consumer one(*m_redis, "one"), two(*m_redis, "two");
    QTRY_COMPARE_WITH_TIMEOUT(pending(ids[1]), QByteArray("none"), 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(pending(ids[0]), QByteArray("none"), 10'000);
    QCOMPARE(command({"GET", "ran:a"}), QByteArray("2"));
    QCOMPARE(pending(ids[2]), QByteArray("lost 1"));  // the young claim was not touched
    QVERIFY(acting.plan(ActionKind::release).jobs.empty());
}

void TestActingStreams::aClaimThatMovedOnIsLeft() {
    const auto ids = add(5);
    read("lost", 5);
    for (const QByteArray& id : ids) age(id);
    ActingProbe acting(m_redis->url(), kStreams, kQueue);
    const ActionPlan plan = acting.plan(ActionKind::release);
    QCOMPARE(plan.jobs.size(), size_t(5));
    command({"XACK", "orders", "billing", ids[0]});                                               // finished
    command({"XCLAIM", "orders", "billing", "lost", "0", ids[1], "JUSTID"});                      // renewed
    command({"XCLAIM", "orders", "billing", "other", "0", ids[2], "IDLE", "3540000", "JUSTID"});  // taken
    command({"XCLAIM", "orders", "billing", "lost", "0", ids[3], "IDLE", "3540000"});             // again
    command({"XDEL", "orders", ids[4]});
    QCOMPARE(ActingProbe::outcomes(acting.run(plan)), u"gone changed changed changed gone"_s);
    QCOMPARE(pending(ids[2]), QByteArray("other 1"));
    // Without the lock nothing is done.
    ActingProbe second(m_redis->url(), kStreams, kQueue);
    const ActionPlan again = second.plan(ActionKind::release);
    const auto fenced = second.apply(again);
    QVERIFY(fenced.refused);
    QVERIFY(fenced.why.contains(u"lock"_s));
}

void TestActingStreams::deadLettersGoBackToTheirSource() {
    QList<QByteArray> letters;
    for (const char* value : {"a", "b", "c"}) letters << letter(value);
    RedisProbe probe(m_redis->url());
    QVERIFY(probe.ok() && probe.detect());
    QTRY_COMPARE(billing(probe).dead.value.value_or(-1), 3);
    const auto page = probe.backend().deadPage({});
    QVERIFY(page);
    QCOMPARE(page->jobs.size(), size_t(3));
    QCOMPARE(page->jobs[0].error, u"no card"_s);
    QCOMPARE(page->jobs[0].attempts, 3);
    ActingProbe acting(m_redis->url(), kStreams, kQueue);
    const ActionPlan plan = acting.plan();
    QVERIFY2(plan.jobs.size() == 3, qPrintable(acting.failure()));
    QCOMPARE(plan.jobs[2].id.toLatin1(), letters[2]);
    command({"XDEL", "orders:dlq", letters[1]});
    const auto applied = acting.run(plan);
    QCOMPARE(ActingProbe::outcomes(applied), u"moved gone moved"_s);
    QCOMPARE(ActingProbe::outcomes(acting.apply(plan)), u"gone gone gone"_s);
    QCOMPARE(command({"XLEN", "orders:dlq"}), QByteArray("0"));
    QCOMPARE(command({"XLEN", "orders"}), QByteArray("2"));
    QCOMPARE(acting.endOf(plan, applied), JobEnd::waiting);
    // All fields in their order.
    QCOMPARE(
        command({"EVAL", "return table.concat(redis.call('XRANGE', 'orders', '-', '+')[1][2], ' ')", "0"}),
        QByteArray("value a error no card attempts 3"));
    Consumer one(*m_redis, "one"), two(*m_redis, "two");
    QTRY_COMPARE_WITH_TIMEOUT(command({"GET", "ran:c"}), QByteArray("1"), 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(acting.endOf(plan, applied, 1), JobEnd::completed, 10'000);
    QCOMPARE(acting.endOf(plan, applied, 0), JobEnd::completed);
    QCOMPARE(command({"GET", "ran:a"}), QByteArray("1"));
    QCOMPARE(command({"EXISTS", "ran:b"}), QByteArray("0"));
}

void TestActingStreams::aLetterThatDiesAgainIsSeen() {
    letter("bad");
    ActingProbe acting(m_redis->url(), kStreams, kQueue);
    const ActionPlan plan = acting.plan();
    QCOMPARE(plan.jobs.size(), size_t(1));
    const auto applied = acting.run(plan);
    Consumer one(*m_redis, "one");
    QTRY_COMPARE_WITH_TIMEOUT(acting.endOf(plan, applied), JobEnd::died, 10'000);
    const auto endings = acting.backend().endings(plan, applied.rows);
    QVERIFY(endings);
    QCOMPARE(endings->front().signature, plan.jobs[0].signature);
    QCOMPARE(command({"XLEN", "orders:dlq"}), QByteArray("1"));
}

// Both are refused in words: why, and what to do instead. What was put back stays.
void TestActingStreams::neitherUndoneNorLost() {
    letter("a");
    ActingProbe acting(m_redis->url(), kStreams, kQueue);
    const ActionPlan plan = acting.plan();
    const auto applied = acting.run(plan);
    QCOMPARE(ActingProbe::outcomes(applied), u"moved"_s);
    QVERIFY(acting.undo(plan, applied).jobs.empty());
    for (const auto& word : {u"cannot be undone"_s, u"a new id"_s, u"XDEL"_s})
        QVERIFY2(acting.failure().contains(word), qPrintable(acting.failure()));
    QCOMPARE(command({"XLEN", "orders"}), QByteArray("1"));
    QCOMPARE(command({"XLEN", "orders:dlq"}), QByteArray("0"));
    const QString lost = acting.whyNothingIsLost();
    for (const auto& word :
         {u"nothing to put back"_s, u"pending until it is acknowledged"_s, u"release --stuck"_s})
        QVERIFY2(lost.contains(word), qPrintable(lost));
}

void TestActingStreams::severalGroupsOrNoLettersSaySo() {
    ActingProbe without(m_redis->url(), kStreams, kQueue);
    QVERIFY(without.plan().jobs.empty());
    QVERIFY2(without.failure().contains(u"dlq"_s), qPrintable(without.failure()));
    QVERIFY(!can(without, u"replay"_s).observable);
    QVERIFY(can(without, u"release"_s).observable);
    letter("a");
    ActingProbe acting(m_redis->url(), kStreams, kQueue);
    QVERIFY(can(acting, u"replay"_s).observable);
    const ActionPlan plan = acting.plan();
    QCOMPARE(plan.jobs.size(), size_t(1));
    group("orders", "audit");  // came after the plan
    QCOMPARE(ActingProbe::outcomes(acting.run(plan)), u"changed"_s);
    QCOMPARE(command({"XLEN", "orders"}), QByteArray("0"));
    ActingProbe later(m_redis->url(), kStreams, kQueue);
    QVERIFY(later.plan().jobs.empty());
    QVERIFY2(later.failure().contains(u"2 groups"_s), qPrintable(later.failure()));
}

void TestActingStreams::rightsThatAreMissingAreNamed() {
    letter("a");
    add(1, "orders");
    read("lost", 1);
    for (const auto& [denied, action, rule] :
         {std::tuple{"xdel", u"replay"_s, u"+xdel"_s}, std::tuple{"xclaim", u"release"_s, u"+xclaim"_s}}) {
        ActingProbe acting(narrowUser(denied), kStreams, kQueue);
        const Capability capability = can(acting, action);
        QVERIFY(!capability.observable);
        QVERIFY2(capability.why.contains(rule), qPrintable(capability.why));
        command({"ACL", "DELUSER", "narrow"});
    }
}

QTEST_GUILESS_MAIN(TestActingStreams)
#include "tst_acting_streams.moc"
