// `spillwayctl checklist compare` as a program, on a history that was really recorded.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "backends/history/history_store.h"
#include "tests/support/program_run.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class ChecklistCompareTest : public QObject {
    Q_OBJECT
private slots:
    void init();
    void duplicatesRoseSinceTheDeploy();
    void withoutAMark();
    void withoutAHistory();
    void withoutTheQueue();

private:
    ProgramRun run(const QStringList& arguments) {
        auto environment = environmentWith(u"XDG_DATA_HOME"_s, m_home->path());
        for (const auto& name : {u"XDG_STATE_HOME"_s, u"XDG_CONFIG_HOME"_s, u"XDG_RUNTIME_DIR"_s})
            environment.insert(name, m_home->path());
        return runSpillwayctl(QStringList{u"checklist"_s} + arguments, environment);
    }
    QString begun(const QString& queue, const QString& commit) {
        return run({u"new"_s, u"--title"_s, u"Charge"_s, u"--job"_s, u"charge"_s, u"--queue"_s, queue,
                    u"--connection"_s, u"@prod"_s, u"--commit"_s, commit})
            .out.trimmed();
    }
    QString history() const { return m_home->filePath(u"history.sqlite"_s); }
    void record();

    std::unique_ptr<QTemporaryDir> m_home;
};

void ChecklistCompareTest::init() {
    m_home = std::make_unique<QTemporaryDir>();
}

// Ten minutes of 200 claims a second; none twice until the deploy in the middle, then one in a thousand.
void ChecklistCompareTest::record() {
    const SystemClock clock;
    auto store = HistoryStore::open({.path = history()}, clock);
    QVERIFY2(store.ok(), store.ok() ? "" : qPrintable(store.failure().sentence()));
    const ServerTime deploy = clock.wallNow() - 10min;
    double claims = 5'000, duplicates = 0;
    for (auto at = deploy - 5min; at < deploy + 5min; at += 2s) {
        claims += 400;
        if (at > deploy && static_cast<qint64>(claims) % 1000 == 0) duplicates += 1;
        (*store)->record({u"prod"_s,
                          at,
                          0,
                          {{u"mapped:payments"_s,
                            u"payments"_s,
                            {{u"ready"_s, 500},
                             {u"dead"_s, 0},
                             {u"amplification"_s, 1},
                             {u"claims"_s, claims},
                             {u"duplicate_claims"_s, duplicates}}}},
                          {}});
    }
    QVERIFY((*store)->flush().ok());
    QVERIFY((*store)
                ->addMark({.at = deploy,
                           .kind = HistoryMarkKind::deploy,
                           .connection = u"prod"_s,
                           .queue = u"payments"_s,
                           .text = u"deploy 4f2c"_s})
                .ok());
}

void ChecklistCompareTest::duplicatesRoseSinceTheDeploy() {
    record();
    const QString id = begun(u"payments"_s, u"4f2c91d0"_s);
    const auto text = run({u"compare"_s, id, u"--history"_s, history()});
    QCOMPARE(text.code, 0);
    QVERIFY2(text.out.contains(u"Since 4f2c91d0 duplicates rose from 0 to "_s), qPrintable(text.out));
    const auto json = run({u"compare"_s, id, u"--history"_s, history(), u"--json"_s});
    const auto document = QJsonDocument::fromJson(json.out.toUtf8()).object();
    QCOMPARE(document[u"mark"_s][u"text"_s].toString(), u"deploy 4f2c"_s);
    QCOMPARE(document[u"worse"_s].toBool(), true);
    const auto duplicates = document[u"signals"_s].toArray()[0].toObject();
    QCOMPARE(duplicates[u"before"_s].toDouble(-1), 0.0);
    QVERIFY(duplicates[u"after"_s].toDouble() > 400);
    QCOMPARE(document[u"signals"_s].toArray().size(), 4);
}

void ChecklistCompareTest::withoutAMark() {
    record();
    const auto none = run({u"compare"_s, begun(u"payments"_s, u"9a1b77"_s), u"--history"_s, history()});
    QCOMPARE(none.code, 2);
    QVERIFY2(none.err.contains(u"no deploy mark of 9a1b77 on prod"_s), qPrintable(none.err));
    QVERIFY(none.err.contains(u"spillwayctl mark"_s));
}

void ChecklistCompareTest::withoutAHistory() {
    const auto none = run({u"compare"_s, begun(u"payments"_s, u"4f2c"_s), u"--history"_s, history()});
    QCOMPARE(none.code, 2);
    QVERIFY2(none.err.contains(u"There is no history at"_s), qPrintable(none.err));
    QVERIFY(!QFile::exists(history()));
}

void ChecklistCompareTest::withoutTheQueue() {
    record();
    const SystemClock clock;
    auto store = HistoryStore::open({.path = history(), .only_read = true}, clock);
    QVERIFY(store.ok());
    QVERIFY((*store)->addMark({.at = clock.wallNow(), .text = u"deploy 7777"_s}).ok());
    const auto none = run({u"compare"_s, begun(u"refunds"_s, u"7777"_s), u"--history"_s, history()});
    QCOMPARE(none.code, 2);
    QVERIFY2(none.err.contains(u"knows no queue refunds on prod"_s), qPrintable(none.err));
}

QTEST_MAIN(ChecklistCompareTest)
#include "tst_checklist_compare.moc"
