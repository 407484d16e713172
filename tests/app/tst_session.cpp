// Several connections at once, each with its own fate.
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/console/session.h"
#include "app/console/session_histories.h"
#include "tests/support/fake_backend.h"
#include "widgets/search/dead_search.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class SessionTest : public QObject {
    Q_OBJECT
private:
    std::map<QString, std::shared_ptr<FakeServer>> m_servers;

    std::unique_ptr<Session> session() {
        const auto make = [this](const ConnectionSettings& s) -> std::unique_ptr<QueueBackend> {
            return std::make_unique<FakeBackend>(m_servers.at(s.name));
        };
        return std::make_unique<Session>(make,
                                         PollPacing{.interval = 5ms, .cost_factor = 0, .longest = 50ms});
    }
    static ConnectionSettings named(const QString& name, Environment environment = Environment::production) {
        ConnectionSettings s;
        s.name = name;
        s.url = u"postgresql://me:secret@host/db"_s;
        s.environment = environment;
        return s;
    }
    static const ConnectionView& view(const Session& s, const QString& name) {
        return *findConnection(s.views(), name);
    }

private slots:
    void init() {
        m_servers = {{u"a"_s, fakeServerWithQueue(u"orders"_s, 100, 5, 5)},
                     {u"b"_s, fakeServerWithQueue(u"mails"_s, 7, 1, 1)}};
    }

    void connectionsLiveSideBySide() {
        const auto s = session();
        QSignalSpy first(s.get(), &Session::firstReading);
        s->open(named(u"a"_s));
        QCOMPARE(view(*s, u"a"_s).state, ConnectionState::connecting);
        QVERIFY(!view(*s, u"a"_s).display_url.contains(u"secret"_s));
        s->open(named(u"b"_s, Environment::staging));
        QTRY_COMPARE(first.count(), 2);
        QCOMPARE(view(*s, u"b"_s).state, ConnectionState::live);
        QCOMPARE(view(*s, u"b"_s).environment, Environment::staging);
        QTRY_VERIFY(m_servers[u"a"_s]->read > 5);
    }

    void aLostConnectionKeepsItsDataAndComesBack() {
        auto& readings = m_servers[u"a"_s]->readings;
        readings.insert(readings.begin() + 1, fakeFailure(FailureKind::unreachable));
        const auto s = session();
        QSignalSpy changed(s.get(), &Session::viewsChanged);
        bool wasStale = false;
        connect(s.get(), &Session::viewsChanged, this, [&](const ConnectionViews& views) {
            if (views[0].state != ConnectionState::stale) return;
            wasStale = views[0].last && views[0].failure && views[0].retry_at;
        });
        s->open(named(u"a"_s));
        QTRY_VERIFY(wasStale);
        QTRY_COMPARE(view(*s, u"a"_s).state, ConnectionState::live);
        QVERIFY(!view(*s, u"a"_s).failure);
        QCOMPARE(m_servers[u"a"_s]->opened.load(), 2);
    }

    void aWrongPasswordIsNotTriedAgainByItself() {
        m_servers[u"a"_s]->openFailure = fakeFailure(FailureKind::authentication);
        const auto s = session();
        QSignalSpy failed(s.get(), &Session::firstFailure);
        s->open(named(u"a"_s));
        s->open(named(u"b"_s));
        QTRY_COMPARE(failed.count(), 1);
        QCOMPARE(view(*s, u"a"_s).state, ConnectionState::failed);
        QVERIFY(!view(*s, u"a"_s).retry_at);
        QTRY_VERIFY(m_servers[u"b"_s]->read > 5);  // time passes: the other one polls on
        QCOMPARE(m_servers[u"a"_s]->opened.load(), 1);
        s->retry(u"a"_s);
        QTRY_COMPARE(m_servers[u"a"_s]->opened.load(), 2);
    }

    void aClosedConnectionIsGone() {
        const auto s = session();
        s->open(named(u"a"_s));
        s->open(named(u"b"_s));
        QTRY_VERIFY(view(*s, u"a"_s).last != nullptr);
        s->close(u"a"_s);
        s->close(u"never heard of"_s);
        QCOMPARE(s->views().size(), std::size_t{1});
        QTRY_VERIFY(m_servers[u"a"_s]->interrupted.load());
    }

    void closingFromWithinASignalIsSafe() {
        const auto s = session();
        connect(s.get(), &Session::firstReading, s.get(), &Session::close);
        s->open(named(u"a"_s));
        QTRY_VERIFY(s->views().empty());
    }

    void questionsPassThroughWithTheirTickets() {
        m_servers[u"a"_s]->deadPage = [](const DeadQuery& query) -> Outcome<DeadPage> {
            return DeadPage{{}, {}, Count::exact(query.limit), {}};
        };
        const auto s = session();
        QSignalSpy answers(s.get(), &Session::answered);
        s->open(named(u"a"_s));
        s->open(named(u"b"_s));
        s->ask(u"a"_s, 71, DeadQuery{.limit = 5});
        s->ask(u"b"_s, 70, DeadQuery{});  // answers a failure
        QTRY_COMPARE(answers.count(), 2);
        QHash<quint64, Answer> byTicket;
        for (const auto& one : answers) byTicket.insert(one[0].toULongLong(), one[1].value<Answer>());
        QCOMPARE(std::get<DeadPage>(byTicket[71]).total.value, 5);
        QVERIFY(std::holds_alternative<Failure>(byTicket[70]));
        s->ask(u"never heard of"_s, 72, DeadQuery{});
        QCOMPARE(answers.count(), 3);
        QVERIFY(std::holds_alternative<Failure>(answers[2][1].value<Answer>()));
    }

    // Pages, copies and exports show what the session answers, and the search looks into nothing else.
    void noAnswerTellsWhatARuleHides() {
        DeadJob job;
        job.id = u"7"_s, job.queue = u"orders"_s;
        job.error = u"no user, email=s3cret, code=42"_s;
        m_servers[u"a"_s]->deadPage = [job](const DeadQuery& query) -> Outcome<DeadPage> {
            DeadPage page;
            if (query.filter.ids.isEmpty()) page.jobs = {job};
            page.total = Count::exact(1);
            return page;
        };
        m_servers[u"a"_s]->deadJob = [job](const JobQuery&) -> Outcome<JobDetail> {
            JobDetail detail;
            detail.job = job;
            detail.payload = "email=s3cret&code=42";
            return detail;
        };
        const auto s = session();
        const auto rules = RedactionRules::of({u"email"_s});
        QVERIFY(rules.ok());
        s->redactBy(*rules);
        s->open(named(u"a"_s));
        DeadSearch search;
        connect(&search, &DeadSearch::inquiryMade, s.get(), &Session::ask);
        connect(s.get(), &Session::answered, &search, &DeadSearch::takeAnswer);
        search.start(u"s3cret"_s, true, {u"a"_s});
        QTRY_VERIFY(!search.running());
        QVERIFY(search.hits().empty());
        search.start(u"code"_s, true, {u"a"_s});
        QTRY_VERIFY(!search.running());
        QVERIFY(!search.hits().empty());
        for (const SearchHit& hit : search.hits())
            QVERIFY2(!(hit.found + hit.detail).contains(u"s3cret"_s), qPrintable(hit.found + hit.detail));
        QSignalSpy answers(s.get(), &Session::answered);
        s->ask(u"a"_s, 5, JobQuery{});
        QTRY_COMPARE(answers.count(), 1);
        const auto detail = std::get<JobDetail>(answers[0][1].value<Answer>());
        QCOMPARE(detail.payload, QByteArray("email=(hidden by a rule)&code=42"));
    }

    void aClosedConnectionAnswersWhatWasAsked() {
        std::atomic<bool> asked = false;
        m_servers[u"a"_s]->deadPage = [&asked,
                                       server = m_servers[u"a"_s]](const DeadQuery&) -> Outcome<DeadPage> {
            asked = true;
            while (!server->interrupted) QThread::msleep(5);  // a server that does not answer
            return fakeFailure(FailureKind::cancelled);
        };
        const auto s = session();
        QSignalSpy answers(s.get(), &Session::answered);
        s->open(named(u"a"_s));
        s->ask(u"a"_s, 9, DeadQuery{});
        QTRY_VERIFY(asked.load());
        s->close(u"a"_s);
        QCOMPARE(answers.count(), 1);
        QCOMPARE(answers[0][0].toULongLong(), quint64{9});
        QCOMPARE(std::get<Failure>(answers[0][1].value<Answer>()).kind, FailureKind::cancelled);
        QTRY_VERIFY(m_servers[u"a"_s].use_count() <= 3);  // the thread has ended
        QCOMPARE(answers.count(), 1);
    }

    void aQuestionDoesNotTryAWrongPasswordAgain() {
        m_servers[u"a"_s]->openFailure = fakeFailure(FailureKind::authentication);
        const auto s = session();
        QSignalSpy failed(s.get(), &Session::firstFailure);
        QSignalSpy answers(s.get(), &Session::answered);
        s->open(named(u"a"_s));
        QTRY_COMPARE(failed.count(), 1);
        s->ask(u"a"_s, 1, DeadQuery{});
        QCOMPARE(answers.count(), 1);
        QCOMPARE(m_servers[u"a"_s]->opened.load(), 1);
    }

    void lastNightIsThereAfterARestart() {
        QTemporaryDir folder;
        const HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s)};
        const QueueRef orders{u"a"_s, m_servers[u"a"_s]->systems.front().identity.key(), u"orders"_s};
        const double begin = 1'767'225'600;  // the fake server's clock
        std::size_t first = 0;
        for (int run = 0; run < 2; ++run) {
            const auto s = session();
            s->keepHistory(settings);
            QSignalSpy past(s->history(), &SessionHistories::pastRead);
            s->open(named(u"a"_s));
            QTRY_VERIFY(m_servers[u"a"_s]->read > 20 * (run + 1));
            s->history()->askPast(orders, begin, begin + 100'000);
            QTRY_COMPARE(past.count(), 1);
            QCOMPARE(past[0][0].value<QueueRef>(), orders);
            const auto points = past[0][1].value<QueuePast>().metrics.value(u"ready"_s);
            QVERIFY(static_cast<std::size_t>(points.size()) > first + 5);
            QVERIFY(points.front().at >= begin && points.front().max >= points.front().min);
            first = static_cast<std::size_t>(points.size());
            m_servers[u"a"_s]->repeatEvery_s = 2'000;  // the next run begins much later
        }
    }

    // "since 02:41" is when it began, not when this window was opened.
    void findingsKeepTheirSinceOverARestart() {
        QTemporaryDir folder;
        const HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s)};
        m_servers[u"a"_s] = fakeServerWithQueue(u"orders"_s, 4'000, 50, 10, 2'000);  // grows all the time
        const auto since = [](const Session& s) {
            const auto& last = view(s, u"a"_s).last;
            for (const Finding& finding : last ? last->findings : std::vector<Finding>{})
                if (finding.id.startsWith(u"never_drains:"_s)) return toIsoUtc(finding.since);
            return QString();
        };
        QString first;
        for (int run = 0; run < 2; ++run) {
            const auto s = session();
            s->keepHistory(settings);
            s->open(named(u"a"_s));
            QTRY_VERIFY(!since(*s).isEmpty());
            if (run == 0) first = since(*s);
            QTRY_COMPARE(since(*s), first);  // the history may answer after the first polls
        }
    }

    // Opening a window draws no incident: its first reading says what was said before.
    void aWindowGoesOnFromItsFirstReading() {
        QTemporaryDir folder;
        const HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s)};
        m_servers[u"a"_s] = fakeServerWithQueue(u"orders"_s, 4'000, 50, 10, 2'000);  // grows all the time
        const auto grows = [](const ReadingPtr& reading) {
            return std::ranges::any_of(reading->findings, [](const Finding& finding) {
                return finding.id.startsWith(u"never_drains:"_s) && finding.severity == Severity::critical;
            });
        };
        for (int run = 0; run < 2; ++run) {
            const auto s = session();
            s->keepHistory(settings);
            std::vector<ReadingPtr> readings;
            connect(s.get(), &Session::readingTaken, this,
                    [&readings](const ReadingPtr& reading) { readings.push_back(reading); });
            s->open(named(u"a"_s));
            QTRY_VERIFY(readings.size() > 20 && grows(readings.back()));
            QCOMPARE(grows(readings.front()), run == 1);
            QCOMPARE(readings.front()->systems.front().queues.front().flow.polls > 20, run == 1);
            s->disconnect(this);
        }
    }

    void trendsOfTheLastQuarterOfAnHourAreThereAfterARestart() {
        QTemporaryDir folder;
        const HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s)};
        const QString system = m_servers[u"a"_s]->systems.front().identity.key();
        const QueueRef orders{u"a"_s, system, u"orders"_s};
        const double begin = 1'767'225'600;  // the fake server's clock
        {
            const auto s = session();
            s->keepHistory(settings);
            s->open(named(u"a"_s));
            QTRY_VERIFY(m_servers[u"a"_s]->read > 20);
        }
        const auto s = session();
        s->keepHistory(settings);
        QSignalSpy trends(s->history(), &SessionHistories::trendRead);
        QSignalSpy past(s->history(), &SessionHistories::pastRead);
        s->history()->askTrends({orders, {u"a"_s, system, u"unheard of"_s}}, begin + 600);
        QTRY_COMPARE(trends.count(), 2);  // whether the file was open already or not
        QCOMPARE(trends[0][0].value<QueueRef>(), orders);
        const auto known = trends[0][1].value<QueuePast>();
        QCOMPARE(known.metrics.keys(), QStringList{u"ready"_s});
        QVERIFY(known.metrics[u"ready"_s].size() > 5);
        QVERIFY(trends[1][1].value<QueuePast>().metrics.value(u"ready"_s).empty());
        QCOMPARE(past.count(), 0);
    }

    void aMarkOfTheCommandLineShows() {
        QTemporaryDir folder;
        const HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s)};
        const auto s = session();
        s->keepHistory(settings);
        QSignalSpy marks(s->history(), &SessionHistories::marksRead);
        QSignalSpy states(s->history(), &SessionHistories::stateChanged);
        s->history()->addMark(u"a"_s, u"orders"_s, u"by hand"_s);
        QTRY_COMPARE(marks.count(), 1);  // read back at once
        const SystemClock clock;
        auto other = HistoryStore::open({.path = settings.path, .only_read = true}, clock);
        QVERIFY(other.ok());
        QVERIFY(other.value()->addMark({.at = clock.wallNow(), .text = u"deploy 4f2c"_s}).ok());
        s->history()->refresh();
        QTRY_COMPARE(marks.count(), 2);
        const auto shown = marks[1][0].value<std::vector<ChartMark>>();
        QCOMPARE(shown.size(), 2U);
        QCOMPARE(shown[0].text, u"by hand"_s);
        QCOMPARE(shown[0].queue, u"orders"_s);
        QCOMPARE(shown[1].kind, ChartMarkKind::deploy);
        QVERIFY(std::abs(shown[1].at - QDateTime::currentMSecsSinceEpoch() / 1000.0) < 60);
        QTRY_VERIFY(!states.isEmpty());
        QVERIFY2(s->history()->text().startsWith(u"history "_s), qPrintable(s->history()->text()));
    }

    // The demo records its own queues: the window reads there, and writes nothing of them into its own file.
    void whatIsKeptApartIsReadAndMarkedInItsOwnFile() {
        QTemporaryDir folder;
        const QString own = folder.filePath(u"own.sqlite"_s), apart = folder.filePath(u"demo/h.sqlite"_s);
        const SystemClock clock;
        QVERIFY(QDir(folder.path()).mkdir(u"demo"_s));
        {
            auto demo = HistoryStore::open({.path = apart}, clock);
            QVERIFY(demo.ok());
            for (const QString& of : {u"b"_s, QString(), u"a"_s})
                QVERIFY(demo.value()->addMark({.at = clock.wallNow(), .connection = of, .text = u"4f2c"_s}));
        }
        auto s = session();
        s->keepHistory({.path = own});
        QSignalSpy marks(s->history(), &SessionHistories::marksRead);
        s->keepApart({u"b"_s}, {.path = apart, .make_folder = false});
        s->history()->addMark(u"b"_s, {}, u"by hand"_s);
        s->history()->addMark(u"a"_s, {}, u"elsewhere"_s);
        const auto shown = [&marks] {
            QStringList texts;
            for (const auto& mark :
                 marks.isEmpty() ? std::vector<ChartMark>{} : marks.last()[0].value<std::vector<ChartMark>>())
                texts << mark.connection + u": "_s + mark.text;
            texts.sort();
            return texts.join(u'\n');
        };
        QTRY_COMPARE(shown(), u"a: elsewhere\nb: 4f2c\nb: 4f2c\nb: by hand"_s);
        s->open(named(u"a"_s));
        s->open(named(u"b"_s));
        QTRY_VERIFY(view(*s, u"b"_s).last && view(*s, u"a"_s).last);
        const auto recorded = [&](const QString& file) {
            QStringList names;
            auto store = HistoryStore::open({.path = file, .only_read = true}, clock);
            const auto series = store.ok() ? store.value()->series() : Failure{};
            for (const auto& one : series.ok() ? *series : std::vector<HistorySeries>{})
                if (!names.contains(one.queue.connection)) names << one.queue.connection;
            return names.join(u' ');
        };
        s.reset();
        QCOMPARE(recorded(apart), u"b"_s);
        QCOMPARE(recorded(own), u"a"_s);
    }

    void aSecondWindowReadsAlong() {
        QTemporaryDir folder;
        const HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s)};
        const SystemClock clock;
        auto recorder = HistoryStore::open(settings, clock);
        QVERIFY(recorder.ok());
        const auto s = session();
        s->keepHistory(settings);
        QTRY_VERIFY2(s->history()->text().contains(u"recorded by another instance"_s),
                     qPrintable(s->history()->text()));
        QVERIFY(s->history()->hint().contains(u"process "_s));
    }

    void aDamagedHistoryIsToldAndReplaced() {
        QTemporaryDir folder;
        QFile file(folder.filePath(u"h.sqlite"_s));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("no database at all") > 0);
        file.close();
        const auto s = session();
        s->keepHistory({.path = file.fileName()});
        QTRY_VERIFY2(s->history()->text().contains(u"damage found"_s), qPrintable(s->history()->text()));
        QVERIFY2(s->history()->hint().contains(u"was damaged"_s), qPrintable(s->history()->hint()));
        s->open(named(u"a"_s));
        QTRY_VERIFY(view(*s, u"a"_s).last != nullptr);  // the live view goes on
    }

    void openingTheSameNameReplacesIt() {
        const auto s = session();
        s->open(named(u"a"_s));
        s->open(named(u"a"_s, Environment::development));
        QCOMPARE(s->views().size(), std::size_t{1});
        QTRY_COMPARE(view(*s, u"a"_s).environment, Environment::development);
    }
};

QTEST_GUILESS_MAIN(SessionTest)
#include "tst_session.moc"
