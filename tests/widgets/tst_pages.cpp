// The pages as a person meets them: nothing clipped, keyboard and mouse lead where they should.
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QTabBar>
#include <QTableView>
#include <QTreeView>
#include <QtTest>

#include "tests/support/invented_scene.h"
#include "widgets/charts/backlog_card.h"
#include "widgets/dead/filter_bar.h"
#include "widgets/dialogs/connect_dialog.h"
#include "widgets/models/connection_tree_model.h"
#include "widgets/models/queue_cells.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/pages/first_start_page.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/column_fit.h"
#include "widgets/parts/connection_tree.h"
#include "widgets/parts/go_to_queue.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"
#include "widgets/verdict/finding_entry.h"
#include "widgets/verdict/finding_list.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::InventedScene;
using test::QueueBuilder;
using test::ReadingBuilder;

class PagesTest : public QObject {
    Q_OBJECT
    std::unique_ptr<Theme> m_theme;

    static QueueRef orders() { return {u"prod-pg"_s, u"pgboss"_s, u"orders"_s}; }
    static QueueRef emails() { return {u"prod-pg"_s, u"pgboss"_s, u"emails"_s}; }
    static void click(Workspace& window, const QueueRef& scope) {
        QTreeView* tree = window.tree()->view();
        const auto* model = static_cast<const ConnectionTreeModel*>(tree->model());
        const QModelIndex index = model->indexOf(scope);
        tree->scrollTo(index);
        QTest::mouseClick(tree->viewport(), Qt::LeftButton, {}, tree->visualRect(index).center());
    }
    // What the tree has selected.
    static QueueRef marked(const Workspace& window) {
        const auto chosen = window.tree()->view()->selectionModel()->selectedIndexes();
        return chosen.isEmpty() ? QueueRef()
                                : chosen.front().data(ConnectionTreeModel::RefRole).value<QueueRef>();
    }

    // Every visible label has the room it asks for, or is one that cuts itself with "…".
    static QStringList clippedIn(const QWidget& window) {
        QStringList clipped;
        for (const auto* label : window.findChildren<SafeLabel*>()) {
            if (!label->isVisible() || label->text().isEmpty()) continue;
            const int needed = label->hasHeightForWidth() ? label->heightForWidth(label->width())
                                                          : label->minimumSizeHint().height();
            if (label->height() < needed || label->width() < label->minimumSizeHint().width())
                clipped << u"%1: %2x%3"_s.arg(label->text()).arg(label->width()).arg(label->height());
        }
        for (const auto* button : window.findChildren<QPushButton*>())
            if (button->isVisible() && button->width() < button->minimumSizeHint().width())
                clipped << button->text();
        return clipped;
    }

private slots:
    void initTestCase() { m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark); }

    void nothingIsClipped_data() {
        QTest::addColumn<QSize>("size");
        QTest::newRow("1440x900") << QSize(1440, 900);
        QTest::newRow("1024x700") << QSize(1024, 700);
    }
    void nothingIsClipped() {
        QFETCH(QSize, size);
        InventedScene scene;
        Workspace window;
        window.resize(size);
        window.show();
        window.setConnections({});
        window.firstStartPage()->setFound({{u"PostgreSQL"_s, u"socket"_s, {}}});
        QTest::qWait(0);
        QCOMPARE(clippedIn(window), QStringList());
        window.setConnections(scene.at(0));
        QTest::qWait(0);
        QCOMPARE(clippedIn(window), QStringList());
        window.showQueue(orders());
        QTest::qWait(0);
        QCOMPARE(clippedIn(window), QStringList());
        QCOMPARE(window.size(), size);  // the contents did not push the window open
    }

    void whatNobodySeesIsNotDrawn() {
        InventedScene scene;
        Workspace window;
        window.setConnections(scene.at(0));
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        window.showMinimized();
        window.setConnections({});
        QVERIFY(!window.firstStartPage()->isVisibleTo(&window));
        window.showNormal();
        QTRY_VERIFY(window.firstStartPage()->isVisibleTo(&window));
    }

    void everyControlHasAName() {
        InventedScene scene;
        Workspace window;
        window.setConnections(scene.at(0));
        ConnectDialog dialog;
        for (const QWidget* top : {static_cast<QWidget*>(&window), static_cast<QWidget*>(&dialog)})
            for (const auto* control : top->findChildren<QWidget*>()) {
                const bool named = !control->accessibleName().isEmpty();
                if (qobject_cast<const QLineEdit*>(control) || qobject_cast<const QComboBox*>(control) ||
                    qobject_cast<const QTableView*>(control) ||
                    qobject_cast<const QAbstractSpinBox*>(control))
                    QVERIFY2(named || qobject_cast<const QComboBox*>(control->parentWidget()) ||
                                 qobject_cast<const QAbstractSpinBox*>(control->parentWidget()),
                             control->metaObject()->className());
                if (const auto* button = qobject_cast<const QPushButton*>(control))
                    QVERIFY(named || !button->text().isEmpty() || !button->isVisible());
            }
    }

    void leadsFromTheTableToTheQueue() {
        InventedScene scene;
        Workspace window;
        window.resize(1440, 900);
        window.show();
        window.setConnections(scene.at(0));
        QTableView* table = window.overviewPage()->table();
        const QModelIndex first = table->model()->index(0, static_cast<int>(QueueColumn::queue));
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(first).center());
        QCOMPARE(window.queuePage()->queue(), orders());
        QVERIFY(window.queuePage()->isVisible());
        QTest::keyClick(&window, Qt::Key_Escape);
        QVERIFY(window.overviewPage()->isVisible());
    }

    void opensTheQueueWithTheKeyboard() {
        InventedScene scene;
        OverviewPage page;
        page.resize(1200, 600);
        page.show();
        page.setConnections(scene.at(0));
        QSignalSpy opened(&page, &OverviewPage::queueActivated);
        page.table()->setFocus();
        page.table()->setCurrentIndex(page.table()->model()->index(1, 1));
        QTest::keyClick(page.table(), Qt::Key_Return);
        QCOMPARE(opened.size(), 1);
        QCOMPARE(opened[0][0].value<QueueRef>().queue, u"emails"_s);
    }

    void theTreeTakesThePageAlong_data() {
        QTest::addColumn<int>("page");
        QTest::addColumn<int>("leadsTo");
        QTest::newRow("overview") << 0 << 1;
        QTest::newRow("queue") << 1 << 1;
        QTest::newRow("dead letters") << 2 << 2;
        QTest::newRow("leases") << 3 << 3;
    }
    void theTreeTakesThePageAlong() {
        QFETCH(int, page);
        QFETCH(int, leadsTo);
        InventedScene scene;
        Workspace window;
        window.resize(1440, 900);
        window.show();
        window.setConnections(scene.at(0));
        auto* tabs = window.findChild<QTabBar*>();
        tabs->setCurrentIndex(page);
        click(window, emails());
        QCOMPARE(tabs->currentIndex(), leadsTo);
        QCOMPARE(window.shown(), emails());
        QCOMPARE(window.queuePage()->queue(), emails());
        QCOMPARE(marked(window), emails());
        click(window, orders());
        QCOMPARE(window.shown(), orders());
        for (const int other : {1, 2, 3}) {  // what is not in front came along
            tabs->setCurrentIndex(other);
            QCOMPARE(window.shown(), orders());
            QCOMPARE(marked(window), orders());
        }
    }

    void theTreeShowsASystemAndAConnectionInTheOverview() {
        InventedScene scene;
        Workspace window;
        window.resize(1440, 900);
        window.show();
        window.setConnections(scene.at(0));
        window.showQueue(orders());
        auto* tabs = window.findChild<QTabBar*>();
        click(window, {u"prod-pg"_s, u"pgboss"_s, {}});
        QCOMPARE(tabs->currentIndex(), 0);
        const int ofSystem = window.overviewPage()->table()->model()->rowCount();
        click(window, {u"prod-pg"_s, {}, {}});
        const int ofConnection = window.overviewPage()->table()->model()->rowCount();
        QVERIFY(ofSystem > 0 && ofSystem < ofConnection);
        QCOMPARE(marked(window), (QueueRef{u"prod-pg"_s, {}, {}}));
        QTest::keyClick(&window, Qt::Key_Escape);
        QVERIFY(window.overviewPage()->table()->model()->rowCount() > ofConnection);
        QCOMPARE(marked(window), QueueRef());
    }

    void arrowKeysInTheTreeWalkThroughThePages() {
        InventedScene scene;
        Workspace window;
        window.resize(1440, 900);
        window.show();
        window.setConnections(scene.at(0));
        window.showQueue(orders());
        QTreeView* tree = window.tree()->view();
        tree->setFocus();
        for (int step = 0; step < 6; ++step) {
            QTest::keyClick(tree, step % 3 == 2 ? Qt::Key_Up : Qt::Key_Down);
            QCOMPARE(marked(window), window.shown());
            QVERIFY(!window.shown().connection.isEmpty());
            QVERIFY(tree->hasFocus() || !window.isActiveWindow());
        }
    }

    void theTreeFollowsThePages() {
        InventedScene scene;
        Workspace window;
        window.resize(1440, 900);
        window.show();
        window.setConnections(scene.at(0));
        window.showDeadLetters(emails());
        QCOMPARE(marked(window), emails());
        auto* boxes = window.deadLettersPage()->filterBar();
        auto* queues = boxes->findChildren<QComboBox*>().at(1);
        queues->setCurrentIndex(0);  // all queues
        emit queues->activated(0);
        QCOMPARE(marked(window), (QueueRef{u"prod-pg"_s, u"pgboss"_s, {}}));
        emit window.goToQueue()->queueActivated(orders());
        QCOMPARE(window.shown(), orders());
        QCOMPARE(marked(window), orders());
        window.findChild<QTabBar*>()->setCurrentIndex(0);
        QCOMPARE(marked(window), QueueRef());  // all of them
    }

    void noPollMovesWhatIsLookedAt() {
        Workspace window;
        window.resize(1440, 900);
        window.show();
        const auto with = [](std::initializer_list<QString> queues) {
            ReadingBuilder reading(u"prod-pg"_s);
            reading.system(u"pgboss"_s, u"pg-boss"_s);
            for (const auto& name : queues) reading.queue(QueueBuilder(name));
            ConnectionView view;
            view.name = u"prod-pg"_s;
            return ConnectionViews{withReading(view, reading.build(), QDateTime::currentDateTime())};
        };
        window.setConnections(with({u"a"_s, u"b"_s, u"orders"_s, u"z"_s}));
        click(window, orders());
        window.setConnections(with({u"a"_s, u"b"_s, u"z"_s}));  // the view would choose a neighbour
        QCOMPARE(window.queuePage()->queue(), orders());
        QCOMPARE(marked(window), QueueRef());
        window.setConnections(with({u"a"_s, u"b"_s, u"orders"_s, u"z"_s}));
        QCOMPARE(marked(window), orders());
    }

    void filterThatMatchesNothingSaysSo() {
        InventedScene scene;
        OverviewPage page;
        page.resize(1200, 600);
        page.show();
        page.setConnections(scene.at(0));
        page.focusFilter();
        auto* filter = page.findChild<QLineEdit*>();
        QTest::keyClicks(filter, u"nowhere"_s);
        QVERIFY(!page.table()->isVisible());
        QTest::keyClick(filter, Qt::Key_Escape);
        QVERIFY(page.table()->isVisible());
        QVERIFY(filter->text().isEmpty());
    }

    void copiesTheTableAsText() {
        InventedScene scene;
        OverviewPage page;
        page.resize(1600, 600);
        page.show();
        page.setConnections(scene.at(0));
        page.copySelection();
        const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n');
        QCOMPARE(lines.size(), 10);
        QVERIFY2(lines[0].startsWith(u"State\tQueue\tSystem\tWaiting (jobs)\tOldest (s)"_s),
                 qPrintable(lines[0]));
        static const QRegularExpression exact(u"^Critical\torders\tprod-pg · pg-boss\t(≈ )?[0-9]{7}\t"_s);
        QVERIFY2(exact.match(lines[1]).hasMatch(), qPrintable(lines[1]));
        for (const QString& line : lines) QCOMPARE(line.count(u'\t'), kQueueColumns - 2);
        page.table()->selectRow(1);
        page.copySelection();
        QCOMPARE(QGuiApplication::clipboard()->text().count(u'\n'), 1);
    }

    void keepsChosenColumns() {
        OverviewPage first, second;
        first.columns()->setShown(static_cast<int>(QueueColumn::retrying), false);
        second.restoreState(first.saveState());
        QVERIFY(second.table()->isColumnHidden(static_cast<int>(QueueColumn::retrying)));
        second.restoreState("nonsense");
        QVERIFY(second.table()->isColumnHidden(static_cast<int>(QueueColumn::retrying)));
    }

    void startIsWorstFirstAndTheLastSortIsOffered() {
        InventedScene scene;
        OverviewPage first, second;
        first.setConnections(scene.at(0));
        emit first.table()->horizontalHeader()->sectionClicked(static_cast<int>(QueueColumn::queue));
        const QString byName = first.table()->model()->index(0, 1).data().toString();
        QVERIFY2(byName != u"orders"_s, qPrintable(byName));
        second.restoreState(first.saveState());
        second.setConnections(scene.at(0));
        QCOMPARE(second.table()->model()->index(0, 1).data().toString(), u"orders"_s);
        QPushButton* offer = nullptr;
        for (auto* button : second.findChildren<QPushButton*>())
            if (button->text() == u"Sort by Queue as last time"_s) offer = button;
        QVERIFY(offer && !offer->isHidden());
        offer->click();
        QCOMPARE(second.table()->model()->index(0, 1).data().toString(), byName);
        QVERIFY(offer->isHidden());
    }

    void queuesOfOneNameAreToldApartInEveryWidth() {
        OverviewPage page;
        page.resize(620, 600);
        page.show();
        ConnectionViews views;
        for (const auto& name : {u"prod-redis"_s, u"stage-redis"_s}) {
            ConnectionView view;
            view.name = name;
            const auto reading = ReadingBuilder(name)
                                     .system(u"bullmq"_s, u"BullMQ"_s)
                                     .queue(QueueBuilder(u"webhooks"_s).waiting(3))
                                     .build();
            views.push_back(withReading(view, reading, QDateTime::currentDateTime()));
        }
        page.setConnections(views);
        QTRY_VERIFY(page.table()->isColumnHidden(static_cast<int>(QueueColumn::where)));
        const auto cell = [&](int row) {
            const QRect place = page.table()->visualRect(page.table()->model()->index(row, 1));
            return page.table()->viewport()->grab(place.adjusted(8, 4, -8, -4)).toImage();
        };
        page.table()->clearSelection();
        QVERIFY(cell(0) != cell(1));
    }

    void findingsAreCountedFilteredAndOpened() {
        Finding bad, late, note;
        bad.id = u"never_drains:pgboss:orders"_s, late.id = u"x:pgboss:mails"_s, note.id = u"y"_s;
        bad.severity = Severity::critical, late.severity = Severity::warning;
        bad.queue = u"orders"_s, late.queue = u"mails"_s;
        for (Finding* each : {&bad, &late, &note}) {
            each->connection = u"prod-pg"_s;
            each->title = each->id;
            each->sentence = u"The whole of it."_s;
        }
        FindingList list(Place::overview);
        list.resize(700, 300);
        list.show();
        list.setFindings({bad, late, note}, QDate::currentDate(), {{u"prod-pg"_s, u"02:41"_s}}, 4);
        const auto words = [&] {
            QStringList said;
            for (auto* label : list.findChildren<SafeLabel*>())
                if (label->isVisible()) said << label->safeText();
            return said.join(u'|');
        };
        QVERIFY2(words().contains(u"1 critical · 1 warning · 1 note · 4 lesser"_s), qPrintable(words()));
        QVERIFY2(words().contains(u"orders · prod-pg|as of 02:41"_s), qPrintable(words()));
        QVERIFY(!words().contains(u"The whole of it."_s));
        auto* first = list.findChildren<FindingEntry*>().front();
        QTest::mouseClick(first, Qt::LeftButton, {}, QPoint(100, 8));
        QVERIFY(words().contains(u"The whole of it."_s));
        list.setFindings({bad, late}, QDate::currentDate());  // a poll later it is still open
        QVERIFY(first->isOpen() && !words().contains(u"as of"_s));
        list.findChild<QComboBox*>()->setCurrentIndex(2);
        QVERIFY(words().contains(bad.title) && !words().contains(late.title));
        list.showAll();
        QVERIFY(words().contains(late.title));
    }

    void narrowWindowKeepsTheVerdictColumns() {
        InventedScene scene;
        OverviewPage page;
        page.setConnections(scene.at(0));
        page.show();
        page.resize(1500, 600);
        QTRY_COMPARE(page.columns()->hiddenColumns(), 0);
        page.resize(760, 600);
        QTRY_VERIFY(page.table()->isColumnHidden(static_cast<int>(QueueColumn::retrying)));
        for (const auto column : {QueueColumn::queue, QueueColumn::waiting, QueueColumn::oldest,
                                  QueueColumn::drains, QueueColumn::dead_age})
            QVERIFY(!page.table()->isColumnHidden(static_cast<int>(column)));
    }

    void blockedIsAColumnWhileSomethingIs() {
        const auto views = [](qint64 blocked) {
            const ReadingPtr reading = test::ReadingBuilder(u"prod"_s)
                                           .system(u"bullmq"_s, u"BullMQ"_s)
                                           .queue(test::QueueBuilder(u"orders"_s).waiting(3).blocked(blocked))
                                           .queue(test::QueueBuilder(u"mails"_s).waiting(9))
                                           .build();
            ConnectionView view;
            view.name = reading->connection;
            return ConnectionViews{withReading(view, reading, QDateTime::currentDateTime())};
        };
        const int blocked = static_cast<int>(QueueColumn::blocked);
        OverviewPage page;
        page.setConnections(views(0));
        page.resize(1600, 600);
        page.show();
        QTRY_VERIFY(page.table()->isColumnHidden(blocked));
        QCOMPARE(page.columns()->hiddenColumns(), 0);
        page.setConnections(views(4));
        QTRY_VERIFY(!page.table()->isColumnHidden(blocked));
        page.setConnections(views(0));
        QTRY_VERIFY(page.table()->isColumnHidden(blocked));
    }

    void queuePageSaysWhenTheQueueIsGone() {
        InventedScene scene;
        QueuePage page;
        page.setConnections(scene.at(0));
        page.setQueue({u"prod-pg"_s, u"pgboss"_s, u"removed"_s});
        page.show();
        const auto labels = page.findChildren<SafeLabel*>();
        QVERIFY(std::any_of(labels.begin(), labels.end(), [](const auto* l) {
            return l->isVisible() && l->text() == u"removed is not there any more"_s;
        }));
        QSignalSpy back(&page, &QueuePage::overviewRequested);
        for (auto* button : page.findChildren<QPushButton*>())
            if (button->isVisible()) button->click();
        QCOMPARE(back.size(), 1);
    }

    void chartZoomsAndGoesBack() {
        InventedScene scene;
        QueuePage page;
        page.resize(1200, 700);
        page.show();
        page.setQueue(orders());
        for (double ago = 1200; ago >= 0; ago -= 10) page.setConnections(scene.at(ago));
        TimeChart* chart = page.backlogCard()->chart();
        chart->replotNow();
        const auto lines = chart->visibleCsv().count(u'\n');
        QVERIFY2(lines > 100, qPrintable(QString::number(lines)));
        const double now = static_cast<double>(millisSinceEpoch(test::someNight())) / 1000;
        chart->zoomTo(now - 300, now);
        QVERIFY(chart->visibleCsv().count(u'\n') < lines / 2);
        QTest::keyClick(chart, Qt::Key_Escape);
        QCOMPARE(chart->visibleCsv().count(u'\n'), lines);
        QVERIFY(!chart->zoomBack());
    }

    void crosshairShowsTheValuesOfThatMoment() {
        InventedScene scene;
        QueuePage page;
        page.resize(1200, 700);
        page.show();
        page.setQueue(orders());
        for (double ago = 2400; ago >= 0; ago -= 10) page.setConnections(scene.at(ago));
        TimeChart* chart = page.backlogCard()->chart();
        QSignalSpy moved(chart, &TimeChart::crosshairMoved);
        const double calm = static_cast<double>(millisSinceEpoch(test::someNight())) / 1000 - 2200;
        chart->setCrosshair(calm);
        QCOMPARE(moved.size(), 1);
        const auto labels = page.findChildren<SafeLabel*>();
        const auto shows = [&](const QString& text) {
            return std::any_of(labels.begin(), labels.end(),
                               [&](const auto* l) { return l->text() == text; });
        };
        QVERIFY(shows(u"━ waiting 900"_s));
        QTest::keyClick(chart, Qt::Key_Left);
        QCOMPARE(moved.size(), 2);
        QTest::keyClick(chart, Qt::Key_Escape);
        QVERIFY(!chart->crosshair());
        QVERIFY(shows(u"━ waiting 7.0 M"_s));
    }

    void chartDrawsOnlyWhileVisible() {
        InventedScene scene;
        QueuePage page;
        page.setQueue(orders());
        for (double ago = 600; ago >= 0; ago -= 10) page.setConnections(scene.at(ago));
        TimeChart* chart = page.backlogCard()->chart();
        QCOMPARE(chart->visibleCsv().count(u'\n'), 1);  // the header: nothing was prepared
        page.show();
        QTRY_VERIFY(chart->visibleCsv().count(u'\n') > 20);
    }

    void hostileNamesStayPlain() {
        const QString hostile = u"<img src=x>\n"_s + QString(300, u'W');
        ConnectionView view;
        view.name = u"prod-pg"_s;
        view = withReading(view,
                           ReadingBuilder(u"prod-pg"_s)
                               .system(u"pgboss"_s, u"pg-boss"_s)
                               .queue(QueueBuilder(hostile).waiting(9'000'000).rates(5000, 100))
                               .build(),
                           QDateTime::currentDateTime());
        Workspace window;
        window.resize(1024, 700);
        window.show();
        window.setConnections({view});
        window.showQueue({u"prod-pg"_s, u"pgboss"_s, hostile});
        QTest::qWait(0);
        QCOMPARE(window.size(), QSize(1024, 700));
        QCOMPARE(window.queuePage()->queue().queue, hostile);
        for (const auto* label : window.findChildren<QLabel*>()) {
            QVERIFY2(label->textFormat() == Qt::PlainText || label->text().isEmpty(),
                     qPrintable(label->text()));
            QVERIFY(!label->text().contains(u'\n'));
        }
        for (const auto* widget : window.findChildren<QWidget*>())
            QVERIFY(!widget->toolTip().contains(u"<img"_s));
    }

    void firstStartHasThreeDoors() {
        FirstStartPage page;
        page.show();
        page.setFound({{u"prod"_s, u"pg_service.conf"_s, {u"service=prod"_s}}});
        QSignalSpy connectAsked(&page, &FirstStartPage::connectRequested),
            demoAsked(&page, &FirstStartPage::demoRequested);
        auto* url = page.findChild<QLineEdit*>();
        QTest::keyClicks(url, u"  redis://localhost  "_s);
        QTest::keyClick(url, Qt::Key_Return);
        QCOMPARE(connectAsked.size(), 1);
        QCOMPARE(connectAsked[0][0].value<ConnectionRequest>().url, u"redis://localhost"_s);
        QCOMPARE(connectAsked[0][0].value<ConnectionRequest>().environment, Environment::production);
        QTest::keyClick(page.findChild<QListWidget*>(), Qt::Key_Return);
        QCOMPARE(connectAsked.size(), 2);
        QCOMPARE(connectAsked[1][0].value<ConnectionRequest>().url, u"service=prod"_s);
        page.show();
        auto* list = page.findChild<QListWidget*>();
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(0)).center());
        QCOMPARE(connectAsked.size(), 3);  // once, and a single click is enough
        for (auto* button : page.findChildren<QPushButton*>())
            if (button->text() == u"Open the demo"_s) button->click();
        QCOMPARE(demoAsked.size(), 1);
    }

    void dialogSaysWhatCannotBeANameWhileItIsTyped() {
        ConnectDialog dialog;
        dialog.setRequest({u"redis://cache"_s, {}, Environment::staging, {}, true});
        QPushButton* go = nullptr;
        for (auto* button : dialog.findChildren<QPushButton*>())
            if (button->text() == u"Connect"_s) go = button;
        const auto said = [&] {
            QStringList words;
            for (const auto* label : dialog.findChildren<SafeLabel*>())
                if (!label->isHidden()) words << label->safeText();
            return words.join(u' ');
        };
        QVERIFY2(said().contains(u"needs a name"_s), qPrintable(said()));
        dialog.setRequest({u"redis://cache"_s, u"my cache"_s, Environment::staging, {}, true});
        QVERIFY2(said().contains(u"Use letters, digits"_s), qPrintable(said()));
        QVERIFY(!go->isEnabled());
        dialog.setRequest({u"redis://cache"_s, u"my-cache"_s, Environment::staging, {}, true});
        QVERIFY(go->isEnabled() && !said().contains(u"Use letters"_s));
    }

    void dialogKeepsThePasswordApart() {
        ConnectDialog dialog;
        const ConnectionRequest asked{u"postgresql://me@db/app"_s,
                                      u"prod"_s,
                                      Environment::staging,
                                      u"s3cret"_s,
                                      true,
                                      {u"/etc/jobs.toml"_s, u"/etc/more.toml"_s}};
        dialog.setRequest(asked);
        QCOMPARE(dialog.request(), asked);
        for (const auto* field : dialog.findChildren<QLineEdit*>())
            if (field->text() == u"s3cret"_s) QCOMPARE(field->echoMode(), QLineEdit::Password);
    }
};

QTEST_MAIN(PagesTest)
#include "tst_pages.moc"
