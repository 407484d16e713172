// What the window calls a person for, and that what is said in one program is known in the others.
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/console/finding_desk.h"
#include "app/console/session.h"
#include "app/console/session_histories.h"
#include "backends/domain/acknowledgement.h"
#include "tests/support/fake_backend.h"
#include "tests/support/reading_builder.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

Finding finding(const QString& id, Severity severity) {
    Finding one;
    one.id = id;
    one.severity = severity;
    one.connection = u"prod"_s;
    one.system = u"pgboss"_s;
    one.queue = u"orders"_s;
    one.title = id;
    one.sentence = id;
    one.since = someNight();
    return one;
}

ConnectionViews viewsWith(std::vector<Finding> findings) {
    ReadingBuilder builder(u"prod"_s);
    for (Finding& one : findings) builder.finding(std::move(one));
    ConnectionView view;
    view.name = u"prod"_s;
    return {withReading(std::move(view), builder.build(), QDateTime::currentDateTime())};
}

QStringList ids(const std::vector<Finding>& findings) {
    QStringList all;
    for (const Finding& one : findings) all << one.id;
    return all;
}

}  // namespace

class FindingDeskTest : public QObject {
    Q_OBJECT
private slots:
    void onlyFreshCriticalsCall() {
        const QDateTime now = QDateTime::currentDateTime();
        CriticalNews news;
        const Finding grows = finding(u"grows"_s, Severity::critical);
        const Finding dead = finding(u"dead"_s, Severity::critical);
        QVERIFY2(news.update(viewsWith({grows}), now).empty(), "whoever opens the window sees it anyway");
        QVERIFY(news.update(viewsWith({grows, finding(u"late"_s, Severity::warning)}), now).empty());
        QCOMPARE(ids(news.update(viewsWith({grows, dead}), now)), QStringList{u"dead"_s});
        QVERIFY(news.update(viewsWith({grows, dead}), now).empty());
        QVERIFY(news.update(viewsWith({dead}), now).empty());
        QCOMPARE(ids(news.update(viewsWith({grows, dead}), now)), QStringList{u"grows"_s});  // it is back
        QCOMPARE(ids(news.update(viewsWith({grows, finding(u"late"_s, Severity::critical)}), now)),
                 QStringList{u"late"_s});  // got worse
    }

    void aKnownOneDoesNotCallUntilItsTimeIsOver() {
        const QDateTime now = QDateTime::currentDateTime();
        CriticalNews news;
        QVERIFY(news.update(viewsWith({}), now).empty());
        const Finding grows = finding(u"grows"_s, Severity::critical);
        Acknowledgement said = acknowledgementOf(grows);
        said.until = serverTimeFromMillis(now.addSecs(3600).toMSecsSinceEpoch());
        ConnectionViews views = viewsWith({grows});
        views[0].acknowledgements = {said};
        QVERIFY(news.update(views, now).empty());
        QCOMPARE(urgencyOf(views, now), Urgency{});
        QCOMPARE(ids(news.update(views, now.addSecs(3601))), QStringList{u"grows"_s});
        QCOMPARE(urgencyOf(views, now.addSecs(3601)).critical, 1);
    }

    void aSilentServerCallsAfterHalfAMinute() {
        const QDateTime now = QDateTime::currentDateTime();
        CriticalNews news;
        ConnectionViews views = viewsWith({});
        views[0].environment = Environment::production;
        QVERIFY(news.update(views, now).empty());
        views[0] = withFailure(views[0], Failure{FailureKind::unreachable, u"connection refused"_s, {}, {}});
        QVERIFY2(news.update(views, now.addSecs(5)).empty(), "one poll that failed wakes nobody");
        const auto called = news.update(views, now.addSecs(40));
        QCOMPARE(called.size(), 1U);
        QVERIFY2(called[0].title.contains(u"prod has not answered for"_s), qPrintable(called[0].title));
        QCOMPARE(worstOf(urgencyOf(views, now.addSecs(40))), Severity::critical);
        QVERIFY(news.update(views, now.addSecs(60)).empty());
    }

    // As the banner says it: off production a silent server can wait.
    void aSilentStagingServerWakesNobody() {
        const QDateTime now = QDateTime::currentDateTime();
        CriticalNews news;
        ConnectionViews views = viewsWith({});
        views[0].environment = Environment::staging;
        QVERIFY(news.update(views, now).empty());
        views[0] = withFailure(views[0], Failure{FailureKind::unreachable, u"connection refused"_s, {}, {}});
        QVERIFY(news.update(views, now.addSecs(40)).empty());
        const Urgency urgency = urgencyOf(views, now.addSecs(40));
        QCOMPARE(urgency.silent, 1);
        QCOMPARE(worstOf(urgency), Severity::warning);
    }

    void theTitleSaysHowItStands() {
        QCOMPARE(windowTitle({}), u"Spillway"_s);
        QCOMPARE(windowTitle({.critical = 2, .warnings = 1}), u"(2) Spillway – 2 critical, 1 warning"_s);
        QCOMPARE(windowTitle({.silent = 1}), u"(1) Spillway – 1 connection silent"_s);
        QCOMPARE(windowTitle({.warnings = 3}), u"Spillway"_s);  // a warning can wait
        QCOMPARE(urgencyText({}), u"nothing needs you"_s);
    }

    // Two windows with one history, as two people at one machine.
    void whatOneWindowSaysTheOtherKnows() {
        QTemporaryDir folder;
        const HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s)};
        const auto window = [&] {
            // One for each: a fake belongs to one polling thread.
            const auto server = fakeServerWithQueue(u"orders"_s, 4'000, 50, 10, 2'000);  // grows all the time
            const auto make = [server](const ConnectionSettings&) {
                return std::make_unique<FakeBackend>(server);
            };
            auto session = std::make_unique<Session>(
                make, PollPacing{.interval = 20ms, .cost_factor = 0, .longest = 50ms});
            session->keepHistory(settings);
            ConnectionSettings named;
            named.name = u"a"_s;
            named.url = u"postgresql://host/db"_s;
            session->open(named);
            return session;
        };
        const auto mine = window();
        const auto growing = [](const Session& s) {
            for (const Finding& one : findingsOf(s.views().front(), QDateTime::currentDateTime()))
                if (one.id.startsWith(u"never_drains:"_s)) return std::optional(one);
            return std::optional<Finding>();
        };
        QTRY_VERIFY_WITH_TIMEOUT(growing(*mine).has_value(), 60'000);
        Acknowledgement said = acknowledgementOf(*growing(*mine));
        said.by = u"anna"_s;
        said.until = serverTimeFromMillis(QDateTime::currentDateTime().addDays(1).toMSecsSinceEpoch());
        mine->history()->acknowledge(said);
        QTRY_VERIFY_WITH_TIMEOUT(growing(*mine) && growing(*mine)->acknowledged, 60'000);
        const auto theirs = window();
        QTRY_VERIFY_WITH_TIMEOUT(growing(*theirs) && growing(*theirs)->acknowledged, 60'000);
        QCOMPARE(growing(*theirs)->acknowledged->by, u"anna"_s);
        said.taken_back = true;
        theirs->history()->acknowledge(said);
        QTRY_VERIFY_WITH_TIMEOUT(growing(*theirs) && !growing(*theirs)->acknowledged, 60'000);
        mine->history()->refresh();
        QTRY_VERIFY_WITH_TIMEOUT(growing(*mine) && !growing(*mine)->acknowledged, 60'000);
        QSignalSpy runs(mine->history(), &SessionHistories::findingRunsRead);
        mine->history()->askFindingRuns(0, 4e9);
        QTRY_COMPARE_WITH_TIMEOUT(runs.count(), 1, 60'000);
        QVERIFY(!runs[0][0].value<std::vector<FindingRun>>().empty());
    }
};

QTEST_MAIN(FindingDeskTest)
#include "tst_finding_desk.moc"
