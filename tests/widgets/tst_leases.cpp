// Claims and workers as the polls bring them, and the way from a finding to the page where it is looked into.
#include <QClipboard>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTabBar>
#include <QTableView>
#include <QtTest>

#include "tests/support/invented_scene.h"
#include "widgets/charts/queue_past.h"
#include "widgets/dialogs/mark_dialog.h"
#include "widgets/models/cell_roles.h"
#include "widgets/models/lease_table_model.h"
#include "widgets/models/queue_cells.h"
#include "widgets/models/signal_cells.h"
#include "widgets/models/worker_table_model.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/pages/leases_page.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/column_fit.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"
#include "widgets/verdict/finding_entry.h"
#include "widgets/verdict/finding_list.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::InventedScene;
using test::QueueBuilder;
using test::ReadingBuilder;

class LeasesTest : public QObject {
    Q_OBJECT
    std::unique_ptr<Theme> m_theme;

    // One system with claims 0 … count-1, all of them `age_s` old or older.
    static ConnectionViews claims(int count, double age_s, int stuck = -1) {
        auto reading =
            std::make_shared<Reading>(*ReadingBuilder(u"prod"_s).system(u"river"_s, u"River"_s).build());
        auto& system = reading->systems.front();
        reading->observed_at += std::chrono::milliseconds(static_cast<qint64>(age_s * 1000));
        for (int i = 0; i < count; ++i) {
            Lease lease;
            lease.id = QString::number(i);
            lease.queue = i % 2 == 0 ? u"even"_s : u"odd"_s;
            lease.owner = u"worker-%1"_s.arg(i % 7);
            lease.claimed_at = test::someNight() - std::chrono::seconds(i);
            lease.stuck = i == stuck;
            if (lease.stuck) lease.evidence << u"the owner's last heartbeat is 5 min old"_s;
            system.leases.leases.push_back(lease);
        }
        system.leases.total = Count::exact(count);
        ConnectionView view;
        view.name = u"prod"_s;
        return {withReading(view, reading, QDateTime::currentDateTime())};
    }
    static QString cell(const QTableView* table, int row, LeaseColumn column) {
        return table->model()->index(row, static_cast<int>(column)).data().toString();
    }
    static bool says(const QWidget& page, const QString& part) {
        const auto labels = page.findChildren<SafeLabel*>();
        return std::any_of(labels.begin(), labels.end(), [&](const SafeLabel* label) {
            return label->isVisible() && label->safeText().contains(part);
        });
    }

private slots:
    void initTestCase() { m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark); }

    void stuckClaimsComeFirstAndLoud() {
        LeasesPage page;
        page.resize(1180, 640);
        page.show();
        page.setConnections(claims(40, 5, 3));
        const QTableView* table = page.leaseTable();
        QCOMPARE(cell(table, 0, LeaseColumn::job), u"3"_s);
        QCOMPARE(cell(table, 0, LeaseColumn::state), u"stuck"_s);
        QCOMPARE(table->model()->index(0, 0).data(LoudRole).toInt(), static_cast<int>(Severity::critical));
        QCOMPARE(cell(table, 1, LeaseColumn::job), u"39"_s);  // then the oldest claim
        QVERIFY(says(page, u"1 stuck"_s));
    }

    // BullMQ tells workers apart by their queue, if at all: namesakes are not one worker.
    void everyWorkerIsListedAndCounted() {
        auto reading =
            std::make_shared<Reading>(*ReadingBuilder(u"prod"_s).system(u"bullmq"_s, u"BullMQ"_s).build());
        WorkersReading& workers = reading->systems.front().workers;
        for (const auto& [name, queue] : {std::pair{u"demo-1"_s, u"mail"_s},
                                          {u"demo-2"_s, u"mail"_s},
                                          {u"demo-1"_s, u"pdf"_s},
                                          {QString(), u"pdf"_s},
                                          {QString(), u"pdf"_s}}) {
            Worker worker;
            worker.id = name;
            worker.queues = QStringList{queue};
            worker.alive = true;
            workers.list.push_back(worker);
        }
        workers.live = Count::exact(7);
        ConnectionView view;
        view.name = u"prod"_s;
        LeasesPage page;
        page.resize(1180, 640);
        page.show();
        for (int poll = 0; poll < 2; ++poll) {
            page.setConnections({withReading(view, reading, QDateTime::currentDateTime())});
            QCOMPARE(page.workerTable()->model()->rowCount(), 5);
        }
        QVERIFY(says(page, u"5 alive · 2 more known by number only"_s));
        page.setScope({u"prod"_s, u"bullmq"_s, u"mail"_s});
        QCOMPARE(page.workerTable()->model()->rowCount(), 2);
        QVERIFY(says(page, u"2 alive · 2 more known by number only"_s));
    }

    void columnsWithoutAnythingAreNotShown() {
        LeasesPage page;
        page.resize(1500, 640);
        page.show();
        page.setConnections(claims(9, 0, 3));
        const auto hidden = [&page](LeaseColumn column) {
            return page.leaseTable()->isColumnHidden(static_cast<int>(column));
        };
        QTRY_VERIFY(hidden(LeaseColumn::kind));  // looked at once all rows are there
        QTRY_VERIFY(hidden(LeaseColumn::attempt));
        QVERIFY(!hidden(LeaseColumn::owner));
        QVERIFY(!hidden(LeaseColumn::where));
        page.setScope({u"prod"_s, u"river"_s, {}});
        QVERIFY(hidden(LeaseColumn::where));  // the combo box says it
        page.leaseColumns()->setShown(static_cast<int>(LeaseColumn::kind), true);
        QVERIFY(!hidden(LeaseColumn::kind));
        LeasesPage again;
        again.leaseColumns()->restoreState(page.leaseColumns()->saveState());
        again.setConnections(claims(9, 0, 3));
        QVERIFY(!again.leaseTable()->isColumnHidden(static_cast<int>(LeaseColumn::kind)));
        again.leaseColumns()->restoreState(page.workerColumns()->saveState());  // of another table
        QVERIFY(!again.leaseTable()->isColumnHidden(static_cast<int>(LeaseColumn::kind)));
    }

    // What goes into a spreadsheet is exact, and hidden columns are not missing there.
    void copiesExactValuesOfAllColumns() {
        LeasesPage page;
        page.resize(700, 640);
        page.show();
        page.setConnections(claims(9, 4'000.4, 3));
        QTableView* table = page.leaseTable();
        QTRY_VERIFY(table->isColumnHidden(static_cast<int>(LeaseColumn::owner)));
        table->selectRow(0);
        table->setFocus();
        QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
        const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n');
        QCOMPARE(lines.size(), 2);
        const QStringList titles = lines[0].split(u'\t'), fields = lines[1].split(u'\t');
        QCOMPARE(titles.size(), kLeaseColumns);
        QCOMPARE(fields.size(), kLeaseColumns);
        QCOMPARE(fields[titles.indexOf(u"Claimed (UTC)"_s)],
                 toIsoUtc(test::someNight() - std::chrono::seconds(3)));
        QCOMPARE(fields[titles.indexOf(u"Owner"_s)], u"worker-3"_s);
        QCOMPARE(fields[titles.indexOf(u"Expires (UTC)"_s)], u"–"_s);
    }

    void weakEvidenceIsAQuestion() {
        Lease lease;
        lease.stuck = true;
        lease.evidence = QStringList{u"weak: runs longer than its queue ever did"_s};
        QVERIFY(isWeakEvidence(lease));
        lease.evidence.prepend(u"its worker is gone"_s);
        QVERIFY(!isWeakEvidence(lease));
    }

    void aPollKeepsSelectionAndScroll() {
        LeasesPage page;
        page.resize(1180, 640);
        page.show();
        page.setConnections(claims(500, 0));
        QTableView* table = page.leaseTable();
        table->selectRow(250);
        const QString chosen = cell(table, 250, LeaseColumn::job);
        table->verticalScrollBar()->setValue(table->verticalScrollBar()->maximum() / 2);
        const int scroll = table->verticalScrollBar()->value();
        QSignalSpy reset(table->model(), &QAbstractItemModel::modelReset);
        QElapsedTimer clock;
        clock.start();
        for (int poll = 1; poll <= 10; ++poll) page.setConnections(claims(500, poll * 2, poll));
        const auto each = clock.elapsed() / 10;
        QVERIFY2(each < 500, qPrintable(u"%1 ms for a poll"_s.arg(each)));
        QCOMPARE(reset.size(), 0);
        QCOMPARE(table->verticalScrollBar()->value(), scroll);
        const auto rows = table->selectionModel()->selectedRows();
        QCOMPARE(rows.size(), 1);
        QCOMPARE(cell(table, rows[0].row(), LeaseColumn::job), chosen);
        page.setConnections(claims(100, 30));
        QCOMPARE(table->model()->rowCount(), 100);
        QCOMPARE(cell(table, 0, LeaseColumn::age), u"2 min"_s);
    }

    void filterLooksEverywhere() {
        LeasesPage page;
        page.show();
        page.setConnections(claims(70, 0));
        page.findChild<QLineEdit*>()->setText(u"worker-3"_s);
        QCOMPARE(page.leaseTable()->model()->rowCount(), 10);
        page.findChild<QLineEdit*>()->setText(u"nobody"_s);
        QVERIFY(says(page, u"Nothing matches “nobody”"_s));
        page.findChild<QLineEdit*>()->clear();
        page.setScope({u"prod"_s, u"river"_s, u"odd"_s});
        QCOMPARE(page.leaseTable()->model()->rowCount(), 35);
        QCOMPARE(page.findChild<QComboBox*>()->currentText(), u"prod · odd"_s);
    }

    void aGapIsExplained() {
        InventedScene scene;
        LeasesPage page;
        page.show();
        page.setConnections(scene.at(0));
        page.setScope({u"prod-pg"_s, u"mapped:shop.jobs"_s, {}});
        QVERIFY(says(page, u"Claims are not observable here"_s));
        QVERIFY(says(page, u"the mapping names no column for the owner of a claim"_s));
        page.setScope({u"prod-redis"_s, {}, {}});
        QVERIFY(says(page, u"4 alive · 1 gone · 27 of 40 slots busy"_s));
        const auto* workers = page.workerTable()->model();
        QCOMPARE(workers->index(0, static_cast<int>(WorkerColumn::state)).data().toString(), u"gone"_s);
        QCOMPARE(workers->index(0, static_cast<int>(WorkerColumn::heartbeat)).data().toString(),
                 u"6 min ago"_s);
    }

    void findingsLeadToTheirPlace_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<Place>("place");
        QTest::addColumn<QString>("button");
        const auto row = [](const QString& rule, Place place, const QString& button) {
            QTest::newRow(qPrintable(rule)) << rule + u":pgboss:orders"_s << place << button;
        };
        for (const auto& rule : {u"never_drains"_s, u"stalled"_s, u"duplicate_claims"_s, u"retry_storm"_s,
                                 u"retry_wave"_s, u"hot_queue"_s, u"never_claimed"_s})
            row(rule, Place::queue, u"Open orders"_s);
        for (const auto& rule :
             {u"dead_letters"_s, u"dead_inflow"_s, u"about_to_be_lost"_s, u"lost_next_24h"_s})
            row(rule, Place::dead_letters, u"Dead letters of orders"_s);
        for (const auto& rule : {u"stuck_leases"_s, u"orphaned"_s, u"zombie"_s})
            row(rule, Place::leases, u"Leases & workers"_s);
    }
    void findingsLeadToTheirPlace() {
        QFETCH(QString, id);
        QFETCH(Place, place);
        QFETCH(QString, button);
        Finding finding;
        finding.id = id, finding.connection = u"prod-pg"_s, finding.system = u"pgboss"_s,
        finding.queue = u"orders"_s;
        QCOMPARE(placeOf(finding), place);
        QCOMPARE(placeButtonText(place, targetOf(finding)), button);
        InventedScene scene;
        Workspace window;
        window.resize(1200, 800);
        window.show();
        window.setConnections(scene.at(0));
        window.showFinding(finding);
        QCOMPARE(window.queuePage()->isVisible(), place == Place::queue);
        QCOMPARE(window.deadLettersPage()->isVisible(), place == Place::dead_letters);
        QCOMPARE(window.leasesPage()->isVisible(), place == Place::leases);
        if (place == Place::dead_letters) QCOMPARE(window.deadLettersPage()->scope(), targetOf(finding));
        if (place == Place::leases) QCOMPARE(window.leasesPage()->scope(), targetOf(finding));
    }

    void findingsWithoutAQueueStayOnTheOverview() {
        Finding finding;
        finding.id = u"drift:stock adds up"_s, finding.connection = u"prod-pg"_s;
        QCOMPARE(placeOf(finding), Place::overview);
        finding.id = u"no_workers:pgboss"_s;
        QCOMPARE(placeOf(finding), Place::leases);
    }

    void overviewListsEveryFindingWithItsWay() {
        InventedScene scene;
        Workspace window;
        window.resize(1440, 900);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        window.setConnections(scene.at(0));
        auto* list = window.overviewPage()->findChild<FindingList*>();
        QVERIFY(list->isVisible());
        QVERIFY2(!list->findChildren<FindingEntry*>().isEmpty(), "no line");
        for (auto* entry : list->findChildren<FindingEntry*>()) entry->setOpen(true);
        QPushButton* way = nullptr;
        for (auto* button : list->findChildren<QPushButton*>())
            if (button->text() == u"Dead letters of emails →"_s) way = button;
        QVERIFY(way);
        way->click();
        QVERIFY(window.deadLettersPage()->isVisible());
        QCOMPARE(window.deadLettersPage()->scope(), (QueueRef{u"prod-pg"_s, u"pgboss"_s, u"emails"_s}));
        QTest::keyClick(&window, Qt::Key_1, Qt::ControlModifier);
        QVERIFY(window.overviewPage()->isVisible());
        window.resize(1024, 700);
        QTRY_COMPARE(window.height(), 700);
        QVERIFY(list->isVisible() && list->visibleRegion().boundingRect().height() >= 100);
        QVERIFY(window.overviewPage()->table()->visibleRegion().boundingRect().height() >= 60);
    }

    void keysOpenThePages() {
        InventedScene scene;
        Workspace window;
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        window.setConnections(scene.at(0));
        const auto press = [&](int key) {
            QTest::keyClick(&window, static_cast<Qt::Key>(key), Qt::ControlModifier);
        };
        press(Qt::Key_3);
        QVERIFY(window.deadLettersPage()->isVisible());
        QCOMPARE(window.deadLettersPage()->scope().connection, u"prod-pg"_s);  // the worst one
        press(Qt::Key_4);
        QVERIFY(window.leasesPage()->isVisible());
        press(Qt::Key_2);
        QVERIFY(window.queuePage()->isVisible());
    }

    void answersPassThroughTheWindow() {
        InventedScene scene;
        Workspace window;
        window.show();
        window.setConnections(scene.at(0));
        QSignalSpy asked(&window, &Workspace::inquiryMade);
        window.showDeadLetters({u"prod-pg"_s, u"pgboss"_s, u"payments"_s});
        QTRY_COMPARE(asked.size(), 2);
        DeadPage page;
        page.jobs.resize(3);
        window.takeAnswer(asked[0][1].toULongLong(), page);
        QCOMPARE(window.deadLettersPage()->table()->model()->rowCount(), 3);
    }

    void aMarkIsMadeInWords() {
        InventedScene scene;
        Workspace window;
        window.show();
        window.setConnections(scene.at(0));
        window.showQueue({u"prod-pg"_s, u"pgboss"_s, u"orders"_s});
        QSignalSpy made(&window, &Workspace::markMade);
        window.addMarker();
        auto* dialog = window.findChild<MarkDialog*>();
        QVERIFY(dialog);
        QTest::keyClick(dialog->field(), Qt::Key_Return);
        QCOMPARE(made.size(), 0);  // not without words
        dialog->field()->setText(u"  deploy  4.12 "_s);
        QTest::keyClick(dialog->field(), Qt::Key_Return);
        QCOMPARE(made.size(), 1);
        QCOMPARE(made[0], (QVariantList{u"prod-pg"_s, QString(), u"deploy 4.12"_s}));
    }

    void pausedIsNotStalled() {
        const auto row = [](const QueueBuilder& queue) {
            return QueueRow{
                {}, {}, std::make_shared<const QueueHealth>(queue.build(test::someNight())), 0, {}, false, 0};
        };
        const QueueRow stalled = row(QueueBuilder(u"a"_s).waiting(500).rates(0, 0));
        QCOMPARE(cellOf(stalled, QueueColumn::drains).text, u"stalled"_s);
        const QueueRow paused = row(QueueBuilder(u"a"_s).waiting(500).rates(0, 0).paused());
        QCOMPARE(cellOf(paused, QueueColumn::drains).text, u"paused"_s);
        QVERIFY(hintOf(paused, QueueColumn::drains).startsWith(u"paused"_s));
        const QueueRow growing = row(QueueBuilder(u"a"_s).waiting(500).rates(20, 0).paused());
        QCOMPARE(cellOf(growing, QueueColumn::drains).loud, std::optional(Severity::warning));
    }

    // Red as far as a finding stands behind it: not for a handful of jobs of a queue with another trouble.
    void growthOfAFewJobsIsNotRed_data() {
        QTest::addColumn<qint64>("waiting");
        QTest::addColumn<bool>("significant");
        QTest::addColumn<bool>("red");
        QTest::newRow("many, and certain") << qint64(500) << true << true;
        QTest::newRow("a few") << qint64(12) << true << false;
        QTest::newRow("within the noise") << qint64(500) << false << false;
    }
    void growthOfAFewJobsIsNotRed() {
        QFETCH(qint64, waiting);
        QFETCH(bool, significant);
        QueueHealth health = QueueBuilder(u"a"_s).waiting(waiting).rates(5, 1).build(test::someNight());
        health.forecast.verdict = DrainVerdict::never_drains;
        health.forecast.significant = significant;
        health.severity = Severity::critical;
        const QueueRow row{{}, {}, std::make_shared<const QueueHealth>(health), 0, {}, false, 0};
        QTEST(cellOf(row, QueueColumn::drains).loud == std::optional(Severity::critical), "red");
    }

    void signalsReadInTheOverview() {
        InventedScene scene;
        OverviewPage page;
        page.setConnections(scene.at(0));
        const auto* model = page.table()->model();
        const auto text = [&](const QString& queue, QueueColumn column) {
            for (int row = 0; row < model->rowCount(); ++row)
                if (model->index(row, static_cast<int>(QueueColumn::queue)).data().toString() == queue)
                    return model->index(row, static_cast<int>(column)).data().toString();
            return QString();
        };
        QCOMPARE(text(u"payments"_s, QueueColumn::twice), u"931"_s);
        QCOMPARE(text(u"payments"_s, QueueColumn::stuck), u"2"_s);
        QCOMPARE(text(u"webhooks"_s, QueueColumn::lost), u"12"_s);
        QCOMPARE(text(u"webhooks"_s, QueueColumn::amplification), u"1.22×"_s);
        QCOMPARE(text(u"search-index"_s, QueueColumn::twice), u"≤ 10"_s);
        QCOMPARE(text(u"reports"_s, QueueColumn::amplification), u"learning"_s);
        QCOMPARE(text(u"inventory"_s, QueueColumn::stuck), u"–"_s);
    }
};

QTEST_MAIN(LeasesTest)
#include "tst_leases.moc"
