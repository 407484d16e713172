// What is on the disk before a server is asked to act, and what an edited audit looks like.
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <random>

#include "backends/journal/action_journal.h"
#include "backends/journal/lost_jobs.h"
#include "backends/journal/own_moves.h"
#include "backends/journal/plan_document.h"
#include "backends/storage/sql_database.h"
#include "tests/remediation/plan_builder.h"
#include "tests/support/disk_faults.h"

using namespace spillway;
using namespace spillway::test;

namespace {

std::unique_ptr<ActionJournal> opened(const QString& path) {
    auto journal = ActionJournal::open(path);
    if (!journal) qFatal("%s", qPrintable(journal.failure().sentence()));
    return std::move(journal).value();
}

void edit(const QString& path, const QStringList& statements) {
    auto database = storage::SqlDatabase::open(path, storage::SqlDatabase::Access::write);
    QVERIFY(database.ok());
    for (const auto& statement : statements)
        QVERIFY2(database.value()->execute(statement), qPrintable(statement));
}

}  // namespace

class TestActionJournal : public QObject {
    Q_OBJECT
private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void aPlanComesBackWhole() {
        ActionPlan plan = planOf(1'000);
        plan.jobs[3].at = kNow;
        plan.jobs[4].remaining_attempts.reset();
        plan.jobs[5].conflict = true;
        QVERIFY(opened(path())->keepPlan(plan).ok());
        const auto read = opened(path())->plan(plan.id);
        QVERIFY(read.ok());
        QVERIFY(*read == plan);
        QCOMPARE(opened(path())->plan(u"other"_s).failure().kind, FailureKind::usage);
    }

    void anEditedPlanIsRefused() {
        ActionPlan plan = planOf(3);
        QVERIFY(opened(path())->keepPlan(plan).ok());
        ActionPlan other = plan;
        other.jobs[0].id = u"somebody else's"_s;
        edit(path(),
             {u"UPDATE plan SET document = x'%1'"_s.arg(QString::fromLatin1(planDocument(other).toHex()))});
        QCOMPARE(opened(path())->plan(plan.id).failure().kind, FailureKind::protocol);
    }

    void damagedDocumentsAreNoPlan() {
        const QByteArray whole = planDocument(planOf(20));
        for (qsizetype cut = 0; cut < whole.size(); cut += 7) QVERIFY(!planFromDocument(whole.left(cut)));
        QVERIFY(!planFromDocument("not a plan"));
    }

    void onlyTheOwnerCanRead() {
        auto journal = opened(path());
        QVERIFY(journal->keepPlan(planOf(1)).ok());
        const auto forOthers = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
        for (const auto& side : {u""_s, u"-wal"_s})
            QCOMPARE(QFile::permissions(path() + side) & forOthers, QFile::Permissions());
    }

    void aPlanRunsOnce() {
        auto first = opened(path());
        auto second = opened(path());
        QVERIFY(first->keepPlan(planOf(3)).ok());
        QVERIFY(first->begin(u"a1"_s, u"plan-1"_s, u"deploy rolled back"_s, kNow).ok());
        const auto again = second->begin(u"a2"_s, u"plan-1"_s, u"me too"_s, kNow);
        QVERIFY(!again.ok());
        QVERIFY2(again.failure().what.contains(u"a1"_s), qPrintable(again.failure().what));
    }

    void whatWasIntendedAndNotAnsweredIsUnknown() {
        {
            auto journal = opened(path());
            QVERIFY(journal->keepPlan(planOf(5)).ok());
            QVERIFY(journal->begin(u"a1"_s, u"plan-1"_s, u"r"_s, kNow).ok());
            QVERIFY(journal->intend(u"a1"_s, {1, 0, 2}, kNow).ok());
            QVERIFY(journal
                        ->answer(u"a1"_s, 1,
                                 {{u"job-0"_s, RowOutcome::moved, {}, u"v2"_s},
                                  {u"job-1"_s, RowOutcome::gone, {}, {}}},
                                 kNow)
                        .ok());
            QVERIFY(journal->intend(u"a1"_s, {2, 2, 3}, kNow).ok());
            QCOMPARE(journal->actions()->front().state, ActionState::running);
            QVERIFY(!opened(path())->takeOver(u"a1"_s).ok());
        }
        auto later = opened(path());
        const auto actions = later->actions();
        QVERIFY(actions.ok());
        QCOMPARE(actions->front().state, ActionState::interrupted);
        QCOMPARE(actions->front().counts, (OutcomeCounts{5, 1, 0, 0, 1, 0, 3}));
        const auto batches = later->batches(u"a1"_s);
        QCOMPARE(batches->size(), 2u);
        QVERIFY(batches->front().answered && !batches->back().answered);
        QCOMPARE(batches->back().first, 2u);
        QCOMPARE(later->results(u"a1"_s)->front().undo_token, u"v2"_s);
        QVERIFY(later->takeOver(u"a1"_s).ok());
        QVERIFY(later->end(u"a1"_s, ActionState::abandoned, {}, {{u"id"_s, u"a1"_s}}, kNow).ok());
        QVERIFY(!later->takeOver(u"a1"_s).ok());
    }

    void anActionEndsOnce() {
        auto journal = opened(path());
        QVERIFY(journal->keepPlan(planOf(1)).ok());
        QVERIFY(journal->begin(u"a1"_s, u"plan-1"_s, u"r"_s, kNow).ok());
        QVERIFY(journal->end(u"a1"_s, ActionState::done, {}, {}, kNow).ok());
        QVERIFY(!journal->end(u"a1"_s, ActionState::done, {}, {}, kNow).ok());
        QCOMPARE(journal->audit()->size(), 1u);  // the second one left no record
        QVERIFY(!journal->verifyAudit()->has_value());
    }

    // Another process asks what was put back on its connection lately.
    void whatWasPutBackIsToldOnce() {
        OwnMoves early(path(), u"shop"_s);
        QVERIFY(early.take(kNow).empty());
        QVERIFY(!QFile::exists(path()));
        auto journal = opened(path());
        const auto act = [&](const QString& id, ActionKind kind, const QString& connection) {
            ActionPlan plan = planOf(4);
            plan.id = id;
            plan.action = kind;
            plan.connection = connection;
            QVERIFY(journal->keepPlan(plan).ok());
            QVERIFY(journal->begin(u"action-"_s + id, id, u"r"_s, kNow).ok());
        };
        const auto batch = [&](const QString& id, int number, int moved, ServerTime when) {
            std::vector<RowResult> rows;
            for (int i = 0; i < 4; ++i)
                rows.push_back({u"job-%1-%2"_s.arg(number).arg(i),
                                i < moved ? RowOutcome::moved : RowOutcome::changed,
                                {},
                                {}});
            QVERIFY(journal->intend(u"action-"_s + id, {number, 0, 4, false}, when).ok());
            QVERIFY(journal->answer(u"action-"_s + id, number, rows, when).ok());
        };
        act(u"old"_s, ActionKind::replay, u"shop"_s);
        batch(u"old"_s, 0, 4, kNow - std::chrono::minutes{11});
        QVERIFY(early.take(kNow).empty());
        act(u"mine"_s, ActionKind::replay, u"shop"_s);
        batch(u"mine"_s, 0, 3, kNow);
        batch(u"mine"_s, 1, 0, kNow);  // nothing moved
        act(u"release"_s, ActionKind::release, u"shop"_s);
        batch(u"release"_s, 0, 4, kNow);
        act(u"other"_s, ActionKind::replay, u"another"_s);
        batch(u"other"_s, 0, 4, kNow);
        const std::vector<OwnMove> expected{{u"pgboss"_s, u"orders"_s, kNow, 3}};
        QVERIFY(early.take(kNow) == expected);
        QVERIFY(early.take(kNow).empty());
        batch(u"mine"_s, 2, 2, kNow);
        QCOMPARE(early.take(kNow).size(), size_t(1));
        OwnMoves late(path(), u"shop"_s);
        QCOMPARE(late.take(kNow).size(), size_t(2));
        // By the server, whatever the connection is called; the name counts where a server is not known.
        const QString server = planOf(4).server_id;
        QVERIFY(!server.isEmpty());
        QCOMPARE(OwnMoves(path(), u"a URL"_s).take(kNow, server).size(), size_t(3));
        QVERIFY(OwnMoves(path(), u"shop"_s).take(kNow, u"another server"_s).empty());
        QVERIFY(OwnMoves(path(), u"a URL"_s).take(kNow).empty());
    }

    void lostJobsAreRemembered() {
        LostJob job{u"sidekiq"_s, u"mail"_s, u"j1"_s, u"MailJob"_s, R"({"jid":"j1","é":1})",
                    u"host:1"_s,  kNow,      {}};
        LostJob other = job;
        other.id = u"j2"_s;
        other.claimed_at = kNow;
        QVERIFY(rememberLost(path(), u"server-1"_s, {job, other}).ok());
        auto again = job;
        again.payload = "another";  // what was seen first stays
        QVERIFY(rememberLost(path(), u"server-1"_s, {again}).ok());
        QCOMPARE(QFile::permissions(path()) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        const auto kept = rememberedLost(path(), u"server-1"_s, u"sidekiq"_s, u"mail"_s);
        QVERIFY(kept.ok());
        QVERIFY(*kept == (std::vector<LostJob>{job, other}));
        QVERIFY(rememberedLost(path(), u"server-2"_s, u"sidekiq"_s, u"mail"_s)->empty());
        auto late = job;
        late.id = u"j3"_s;
        late.noticed = kNow + std::chrono::days{8};
        QVERIFY(rememberLost(path(), u"server-1"_s, {late}).ok());
        QCOMPARE(rememberedLost(path(), u"server-1"_s, u"sidekiq"_s, u"mail"_s)->size(), size_t(1));
    }

    void tamperingShows_data() {
        QTest::addColumn<QStringList>("edits");
        QTest::addColumn<qint64>("number");
        const QString open = u"DROP TRIGGER audit_is_not_edited"_s;
        const QString cut = u"DROP TRIGGER audit_is_not_cut"_s;
        QTest::newRow("edited")
            << QStringList{open,
                           u"UPDATE audit SET record = replace(record, 'two', '222') WHERE number = 2"_s}
            << qint64{2};
        QTest::newRow("removed") << QStringList{cut, u"DELETE FROM audit WHERE number = 2"_s} << qint64{2};
        QTest::newRow("last removed")
            << QStringList{cut, u"DELETE FROM audit WHERE number = 3"_s} << qint64{3};
        QTest::newRow("swapped") << QStringList{open, u"UPDATE audit SET number = -1 WHERE number = 2"_s,
                                                u"UPDATE audit SET number = 2 WHERE number = 3"_s,
                                                u"UPDATE audit SET number = 3 WHERE number = -1"_s}
                                 << qint64{2};
    }
    void tamperingShows() {
        QFETCH(QStringList, edits);
        QFETCH(qint64, number);
        {
            auto journal = opened(path());
            int n = 0;
            for (const auto& word : {u"one"_s, u"two"_s, u"three"_s}) {
                ActionPlan plan = planOf(1);
                plan.id = u"plan-%1"_s.arg(++n);
                QVERIFY(journal->keepPlan(plan).ok());
                QVERIFY(journal->begin(word, plan.id, u"r"_s, kNow).ok());
                QVERIFY(journal->end(word, ActionState::done, {}, {{u"id"_s, word}}, kNow).ok());
            }
            QVERIFY(!journal->verifyAudit()->has_value());
        }
        edit(path(), edits);
        const auto fault = opened(path())->verifyAudit();
        QVERIFY(fault.ok() && fault->has_value());
        QCOMPARE(fault->value().number, number);
    }

    void recordsCannotBeEditedByAccident() {
        auto journal = opened(path());
        QVERIFY(journal->keepPlan(planOf(1)).ok());
        QVERIFY(journal->begin(u"a"_s, u"plan-1"_s, u"r"_s, kNow).ok());
        QVERIFY(journal->end(u"a"_s, ActionState::done, {}, {}, kNow).ok());
        auto database = storage::SqlDatabase::open(path(), storage::SqlDatabase::Access::write);
        QVERIFY(!database.value()->execute(u"UPDATE audit SET record = ''"_s));
        QVERIFY(!database.value()->execute(u"DELETE FROM audit"_s));
    }

    void whatIsNoJournalIsLeftAlone_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("text") << QByteArray(
            "these are somebody's notes, long enough for a header of a database file..."
            "........................................");
        QTest::newRow("folder") << QByteArray();
    }
    void whatIsNoJournalIsLeftAlone() {
        QFETCH(QByteArray, bytes);
        if (bytes.isEmpty()) {
            QVERIFY(QDir().mkpath(path()));
        } else {
            QFile file(path());
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
        }
        const auto journal = ActionJournal::open(path());
        QVERIFY(!journal.ok());
        QVERIFY2(journal.failure().what.contains(u"nothing is done without it"_s),
                 qPrintable(journal.failure().what));
        if (bytes.isEmpty()) {
            QVERIFY(QFileInfo(path()).isDir());
        } else {
            QFile file(path());
            QVERIFY(file.open(QIODevice::ReadOnly));
            QCOMPARE(file.readAll(), bytes);
        }
    }

    void onAFullDiskNothingIsSaidToBeWritten() {
        auto journal = opened(path());
        QVERIFY(journal->keepPlan(planOf(500)).ok());
        QVERIFY(journal->begin(u"a1"_s, u"plan-1"_s, u"r"_s, kNow).ok());
        QVERIFY(journal->intend(u"a1"_s, {1, 0, 2}, kNow).ok());
        {
            const FullDisk disk(QFileInfo(path() + u"-wal"_s).size());
            const auto intended = journal->intend(u"a1"_s, {2, 2, 2}, kNow);
            QVERIFY(!intended.ok() && intended.failure().retryable());
            QVERIFY(!journal->answer(u"a1"_s, 1, {{u"job-0"_s, RowOutcome::moved, {}, {}}}, kNow).ok());
            QVERIFY(!journal->end(u"a1"_s, ActionState::done, {}, {}, kNow).ok());
            QCOMPARE(journal->batches(u"a1"_s)->size(), 1u);
        }
        QVERIFY(journal->intend(u"a1"_s, {2, 2, 2}, kNow).ok());
        QVERIFY(journal->end(u"a1"_s, ActionState::halted, {}, {}, kNow).ok());
        journal.reset();
        auto later = opened(path());
        QCOMPARE(later->batches(u"a1"_s)->size(), 2u);
        QVERIFY(later->results(u"a1"_s)->empty());
        QCOMPARE(later->audit()->size(), 1u);
        QVERIFY(!later->verifyAudit()->has_value());
    }

    // Also in the folder of another user, and on a file system that went read-only.
    void whereNothingCanBeWrittenNothingIsDone_data() {
        QTest::addColumn<bool>("exists");
        QTest::newRow("the file") << true;
        QTest::newRow("the folder") << false;
    }
    void whereNothingCanBeWrittenNothingIsDone() {
        QFETCH(bool, exists);
        if (exists) QVERIFY(opened(path())->keepPlan(planOf(1)).ok());
        if (exists) QVERIFY(NobodysRights::readable(path()));
        QVERIFY(NobodysRights::readable(m_folder->path()));
        const QByteArray before = bytesOf(path());
        {
            const NobodysRights nobody;
            const auto journal = ActionJournal::open(path());
            QVERIFY(!journal.ok());
            QCOMPARE(journal.failure().kind, FailureKind::permission);
            QVERIFY2(journal.failure().what.contains(u"nothing is done without it"_s),
                     qPrintable(journal.failure().what));
        }
        QCOMPARE(bytesOf(path()), before);
    }

    // Whatever is wrong with the file: it is refused and left as it is, or what it says is what was kept.
    void damageAnywhereIsRefusedOrChangesNothing() {
        const ActionPlan kept = planOf(200);
        std::vector<AuditEntry> audit;
        {
            auto journal = opened(path());
            QVERIFY(journal->keepPlan(kept).ok());
            for (int n = 1; n <= 20; ++n) {
                ActionPlan plan = planOf(20);
                plan.id = u"small-%1"_s.arg(n);
                const QString action = u"a%1"_s.arg(n);
                QVERIFY(journal->keepPlan(plan).ok());
                QVERIFY(journal->begin(action, plan.id, u"r"_s, kNow).ok());
                QVERIFY(journal->end(action, ActionState::done, {}, {{u"id"_s, action}}, kNow).ok());
            }
            audit = *journal->audit();
        }
        const QByteArray whole = bytesOf(path());
        int refused = 0, sound = 0;
        for (unsigned seed = 0; seed < 200; ++seed) {
            std::mt19937 chance(seed);
            QByteArray bytes = whole;
            const auto at = static_cast<qsizetype>(chance() % static_cast<unsigned>(bytes.size()));
            if (seed % 4 == 0) bytes.truncate(at);
            const auto length =
                std::min<qsizetype>(1 + static_cast<qsizetype>(chance() % 300), bytes.size() - at);
            if (seed % 4 != 0) bytes.replace(at, length, QByteArray(length, static_cast<char>(chance())));
            QTemporaryDir folder;
            const QString copy = folder.filePath(u"actions.sqlite"_s);
            QFile file(copy);
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
            file.close();
            const auto journal = ActionJournal::open(copy);
            if (!journal) {
                ++refused;
                QCOMPARE(bytesOf(copy), bytes);
                continue;
            }
            ++sound;
            const auto plan = journal.value()->plan(kept.id);
            if (plan.ok()) QVERIFY(*plan == kept);
            const auto fault = journal.value()->verifyAudit();
            if (fault.ok() && !fault->has_value() && at > 0) QVERIFY(*journal.value()->audit() == audit);
        }
        QVERIFY2(refused > 50 && sound > 5, qPrintable(u"%1 refused, %2 sound"_s.arg(refused).arg(sound)));
    }

private:
    static QByteArray bytesOf(const QString& name) {
        QFile file(name);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    [[nodiscard]] QString path() const { return m_folder->filePath(u"actions.sqlite"_s); }
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestActionJournal)
#include "tst_action_journal.moc"
