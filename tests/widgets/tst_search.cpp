// Search: queues and workers of the last readings, dead letters by small bounded questions.
#include <QCheckBox>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTreeWidget>
#include <QtTest>

#include "tests/support/invented_scene.h"
#include "widgets/dead/filter_bar.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/pages/leases_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/go_to_queue.h"
#include "widgets/search/search_dialog.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::InventedScene;

namespace {

// A server of dead letters, newest first: answers what it is asked, as the session would.
struct InventedShelf {
    std::vector<DeadJob> jobs;
    QHash<QString, QByteArray> payloads;
    int questions = 0;

    Answer answer(const Inquiry& inquiry) {
        ++questions;
        if (const auto* page = std::get_if<DeadQuery>(&inquiry)) return pageOf(*page);
        const auto* job = std::get_if<JobQuery>(&inquiry);
        if (!job || !payloads.contains(job->id))
            return Failure{FailureKind::changed, u"The job is gone."_s, {}, {}};
        JobDetail detail;
        detail.job.id = job->id;
        detail.job.system = job->system;
        detail.job.queue = job->queue;
        detail.payload = payloads.value(job->id);
        return detail;
    }

private:
    DeadPage pageOf(const DeadQuery& query) const {
        DeadPage page;
        page.total = Count::exact(static_cast<qint64>(jobs.size()));
        if (!query.filter.ids.isEmpty()) {
            for (const DeadJob& job : jobs)
                if (query.filter.ids.contains(job.id)) page.jobs.push_back(job);
            return page;
        }
        const size_t first = query.after.toULongLong();
        const size_t last = std::min(jobs.size(), first + static_cast<size_t>(query.limit));
        page.jobs.assign(jobs.begin() + static_cast<qsizetype>(first),
                         jobs.begin() + static_cast<qsizetype>(last));
        if (last < jobs.size()) page.next = QString::number(last);
        return page;
    }
};

DeadJob dead(const QString& id, const QString& kind, const QString& error) {
    DeadJob job;
    job.system = u"pgboss"_s;
    job.queue = u"emails"_s;
    job.id = id, job.kind = kind, job.error = error;
    return job;
}

InventedShelf shelf(int jobs) {
    InventedShelf shelf;
    for (int i = 0; i < jobs; ++i)
        shelf.jobs.push_back(dead(u"job-%1"_s.arg(i), u"SendMail"_s, u"timeout after %1 ms"_s.arg(i)));
    return shelf;
}

QStringList idsOf(const std::vector<SearchHit>& hits) {
    QStringList ids;
    for (const SearchHit& hit : hits) ids << hit.id;
    return ids;
}

}  // namespace

class SearchTest : public QObject {
    Q_OBJECT

    // Answers at once, from within the question.
    static void serve(DeadSearch& search, InventedShelf& shelf) {
        connect(&search, &DeadSearch::inquiryMade, &search,
                [&](const QString&, quint64 ticket, const Inquiry& inquiry) {
                    search.takeAnswer(ticket, shelf.answer(inquiry));
                });
    }

private slots:
    void aWholeIdIsFoundHoweverOldItIs() {
        InventedShelf many = shelf(5000);
        DeadSearch search;
        serve(search, many);
        search.start(u"job-4999"_s, false, {u"prod-pg"_s});
        QVERIFY(!search.running());
        QCOMPARE(idsOf(search.hits()), QStringList{u"job-4999"_s});
        QCOMPARE(search.hits()[0].ref, (QueueRef{u"prod-pg"_s, u"pgboss"_s, u"emails"_s}));
        // How far it looked is said, and it asked no more than that.
        QVERIFY2(search.reach()[0].contains(u"the newest 2 000 of 5.0 k dead letters"_s),
                 qPrintable(search.reach()[0]));
        QCOMPARE(many.questions, 1 + DeadSearch::kNewest / DeadSearch::kPage);
    }

    void oneConnectionDoesNotCrowdOutAnother() {
        InventedShelf many = shelf(1000);
        DeadSearch search;
        serve(search, many);
        search.start(u"sendmail"_s, false, {u"a"_s, u"b"_s});
        QCOMPARE(search.hits().size(), 2 * kMostHits);
        QVERIFY(search.moreMatch());
        search.start(u"job-999"_s, false, {u"a"_s, u"b"_s});
        QCOMPARE(search.hits().size(), size_t{2});
        QVERIFY(!search.moreMatch());
    }

    void kindAndErrorInAnyCase() {
        InventedShelf few = shelf(20);
        few.jobs[3].error = u"Connection REFUSED by 10.0.0.5"_s;
        few.jobs[7].kind = u"RefundJob"_s;
        DeadSearch search;
        serve(search, few);
        search.start(u"refused"_s, false, {u"a"_s});
        QCOMPARE(idsOf(search.hits()), QStringList{u"job-3"_s});
        QVERIFY(search.hits()[0].detail.contains(u"REFUSED"_s));
        search.start(u"refund"_s, false, {u"a"_s});
        QCOMPARE(idsOf(search.hits()), QStringList{u"job-7"_s});
        QVERIFY(search.reach()[0].contains(u"all 20 dead letters"_s));
    }

    void payloadsOnlyWhereWantedAndBounded() {
        InventedShelf many = shelf(300);
        for (const DeadJob& job : many.jobs) many.payloads[job.id] = "{\"customer\": \"nobody\"}";
        many.payloads[u"job-5"_s] = "{\"customer\": \"Ada-77\"}";
        many.payloads[u"job-250"_s] = "{\"customer\": \"ada-77\"}";  // beyond the bound
        many.payloads.remove(u"job-2"_s);                            // gone meanwhile
        DeadSearch search;
        serve(search, many);
        search.start(u"ada-77"_s, false, {u"a"_s});
        QVERIFY(search.hits().empty());
        search.start(u"ada-77"_s, true, {u"a"_s});
        QCOMPARE(idsOf(search.hits()), QStringList{u"job-5"_s});
        QCOMPARE(search.hits()[0].detail, u"in the payload"_s);  // never what stands there
        QVERIFY2(search.reach()[0].endsWith(u"99 payloads"_s), qPrintable(search.reach()[0]));
    }

    void aServerThatFailsSaysSoAndTheOthersGoOn() {
        InventedShelf few = shelf(3);
        DeadSearch search;
        connect(&search, &DeadSearch::inquiryMade, &search,
                [&](const QString& connection, quint64 ticket, const Inquiry& inquiry) {
                    search.takeAnswer(
                        ticket, connection == "down"_L1
                                    ? Answer(Failure{FailureKind::unreachable, u"Nobody answers."_s, {}, {}})
                                    : few.answer(inquiry));
                });
        search.start(u"job-1"_s, true, {u"down"_s, u"up"_s});
        QVERIFY(!search.running());
        QCOMPARE(idsOf(search.hits()), QStringList{u"job-1"_s});
        QVERIFY2(search.reach()[0].contains(u"Nobody answers."_s), qPrintable(search.reach()[0]));
    }

    void lateAnswersOfAnEarlierSearchAreIgnored() {
        InventedShelf few = shelf(3);
        DeadSearch search;
        QSignalSpy asked(&search, &DeadSearch::inquiryMade);
        search.start(u"job-1"_s, false, {u"a"_s});
        search.start(u"job-2"_s, false, {u"a"_s});
        search.takeAnswer(asked[0][1].value<quint64>(), few.answer(asked[0][2].value<Inquiry>()));
        QVERIFY(search.hits().empty());
        search.takeAnswer(asked[1][1].value<quint64>(), few.answer(asked[1][2].value<Inquiry>()));
        QCOMPARE(idsOf(search.hits()), QStringList{u"job-2"_s});
        QVERIFY(search.running());
        search.stop();
        QVERIFY(!search.running());
        QVERIFY(search.reach()[0].contains(u"stopped"_s));
    }

    void findsQueuesAndWorkersOfTheLastReadings() {
        const ConnectionViews views = InventedScene().at(0);
        const auto queues = queuesNamed(u"ORD"_s, views);
        QVERIFY(!queues.empty());
        QCOMPARE(queues[0].ref, (QueueRef{u"prod-pg"_s, u"pgboss"_s, u"orders"_s}));
        QVERIFY(queuesNamed(u"no such thing"_s, views).empty());
        auto reading = std::make_shared<Reading>(*views[0].last);
        Worker worker;
        worker.id = u"rails-web-7:4711:ab12"_s;
        worker.host = u"rails-web-7"_s;
        worker.pid = 4711;
        reading->systems[0].workers.list = {worker};
        ConnectionView view = views[0];
        view.last = reading;
        for (const QString& text : {u"RAILS"_s, u"ab12"_s, u"4711"_s}) {
            const auto workers = workersNamed(text, {view});
            QCOMPARE(idsOf(workers), QStringList{worker.id});
            QVERIFY(workers[0].detail.contains(u"no sign of life"_s));
        }
        QVERIFY(workersNamed(u"no such thing"_s, {view}).empty());
    }

    void theWindowGoesWhereAHitLeads() {
        Workspace window;
        window.resize(1200, 800);
        window.show();
        InventedShelf few = shelf(3);
        window.setConnections(InventedScene().at(0));
        connect(&window, &Workspace::inquiryMade, &window,
                [&](const QString&, quint64 ticket, const Inquiry& inquiry) {
                    if (ticket >= (quint64{1} << 40)) window.takeAnswer(ticket, few.answer(inquiry));
                });
        QTest::keyClicks(window.goToQueue(), u"job-1"_s);  // no queue is called so
        QTest::keyClick(window.goToQueue(), Qt::Key_Return);
        SearchDialog* search = window.searchDialog();
        QVERIFY(search && search->isVisible());
        QCOMPARE(search->field()->text(), u"job-1"_s);
        QTRY_COMPARE(search->list()->topLevelItemCount(), 3);
        QTRY_COMPARE(search->list()->topLevelItem(2)->childCount() > 0, true);
        emit search->list()->itemActivated(search->list()->topLevelItem(2)->child(0), 0);
        QCOMPARE(window.deadLettersPage()->scope().queue, u"emails"_s);
        QCOMPARE(window.deadLettersPage()->filterBar()->filter().ids, QStringList{u"job-1"_s});
        QVERIFY(window.deadLettersPage()->isVisible());
        search->look(u"orders"_s);
        QTRY_VERIFY(search->list()->topLevelItem(0)->childCount() > 0);
        emit search->list()->itemActivated(search->list()->topLevelItem(0)->child(0), 0);
        QCOMPARE(window.queuePage()->queue().queue, u"orders"_s);
        search->look(u"x"_s);  // too short to mean anything
        QVERIFY2(search->note().contains(u"at least 2 characters"_s), qPrintable(search->note()));
        search->hide();
        QVERIFY(!search->dead().running());
    }
};

QTEST_MAIN(SearchTest)
#include "tst_search.moc"
