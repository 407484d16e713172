// Everything can be reached: in small windows, by name for a screen reader, and by the menu of a row.
#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>
#include <QtTest>

#include "tests/support/invented_scene.h"
#include "widgets/acting/action_dialog.h"
#include "widgets/acting/arm_dialog.h"
#include "widgets/checklist/checklist_page.h"
#include "widgets/dialogs/connect_dialog.h"
#include "widgets/dialogs/mark_dialog.h"
#include "widgets/models/cell_roles.h"
#include "widgets/models/lease_table_model.h"
#include "widgets/pages/activity_page.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/pages/first_start_page.h"
#include "widgets/pages/leases_page.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/column_fit.h"
#include "widgets/parts/connection_tree.h"
#include "widgets/parts/theme.h"
#include "widgets/verdict/finding_entry.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::InventedScene;

namespace {

QString describe(const QWidget& widget) {
    const QString text = widget.property("text").toString();
    return u"%1 \"%2\" in %3"_s.arg(
        QLatin1StringView(widget.metaObject()->className()), text.isEmpty() ? widget.accessibleName() : text,
        QLatin1StringView(widget.parentWidget() ? widget.parentWidget()->metaObject()->className()
                                                : "nothing"));
}

bool isControl(const QWidget& widget) {
    return qobject_cast<const QAbstractButton*>(&widget) || qobject_cast<const QLineEdit*>(&widget) ||
           qobject_cast<const QComboBox*>(&widget) || qobject_cast<const QTabBar*>(&widget);
}

// Parts that another control is made of.
bool isInner(const QWidget& widget) {
    const QWidget* parent = widget.parentWidget();
    return widget.objectName().startsWith("qt_"_L1) || qobject_cast<const QScrollBar*>(&widget) ||
           qobject_cast<const QComboBox*>(parent) || qobject_cast<const QAbstractSpinBox*>(parent) ||
           qobject_cast<const QLineEdit*>(parent) || qobject_cast<const QTabBar*>(parent) ||
           qobject_cast<const QHeaderView*>(&widget) || widget.window()->windowFlags().testFlag(Qt::Popup);
}

// Controls that stick out of what they stand in, or lie over one another.
QStringList cutIn(const QWidget& window) {
    QStringList cut;
    for (const auto* control : window.findChildren<QWidget*>()) {
        if (!control->isVisible() || !isControl(*control) || isInner(*control)) continue;
        const QWidget* in = control->parentWidget();
        if (!in->rect().adjusted(-1, -1, 1, 1).contains(control->geometry())) cut << describe(*control);
        for (const auto* other : in->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly))
            if (other > control && other->isVisible() && isControl(*other) && !isInner(*other) &&
                other->geometry().intersects(control->geometry()))
                cut << u"%1 over %2"_s.arg(describe(*control), describe(*other));
    }
    return cut;
}

// What a screen reader says of a control that takes the focus.
QStringList namelessIn(const QWidget& window) {
    QStringList nameless;
    for (auto* control : window.findChildren<QWidget*>()) {
        if (!(control->focusPolicy() & Qt::TabFocus) || control->focusProxy() || isInner(*control)) continue;
        if (control->isHidden()) continue;  // it has a text when it shows
        QAccessibleInterface* said = QAccessible::queryAccessibleInterface(control);
        if (!said || said->text(QAccessible::Name).trimmed().isEmpty()) nameless << describe(*control);
    }
    nameless.removeDuplicates();
    return nameless;
}

QMenu* menuOf(QAbstractItemView& view, int row) {
    const QModelIndex index = view.model()->index(row, 0);
    view.scrollTo(index);
    const QPoint at = view.visualRect(index).center();
    QContextMenuEvent event(QContextMenuEvent::Mouse, at, view.viewport()->mapToGlobal(at));
    QCoreApplication::sendEvent(view.viewport(), &event);
    return view.findChild<QMenu*>(QString(), Qt::FindDirectChildrenOnly);
}

QAction* entry(const QMenu& menu, const QString& text) {
    for (QAction* action : menu.actions())
        if (action->text() == text) return action;
    return nullptr;
}

}  // namespace

class ReachTest : public QObject {
    Q_OBJECT
    std::unique_ptr<Theme> m_theme;

    static QueueRef orders() { return {u"prod-pg"_s, u"pgboss"_s, u"orders"_s}; }
    static QTabBar* tabs(const Workspace& window) {
        for (auto* bar : window.findChildren<QTabBar*>())
            if (bar->accessibleName() == u"Pages"_s) return bar;
        return nullptr;
    }

private slots:
    void initTestCase() { m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark); }

    // 712×410 is what a screen of 1440×900 has left at 200 %.
    void nothingIsCutOrCovered_data() {
        QTest::addColumn<QSize>("size");
        QTest::newRow("1440x900") << QSize(1440, 900);
        QTest::newRow("1024x700") << QSize(1024, 700);
        QTest::newRow("712x410") << QSize(712, 410);
    }
    void nothingIsCutOrCovered() {
        QFETCH(QSize, size);
        InventedScene scene;
        Workspace window;
        window.resize(size);
        window.show();
        window.setConnections({});
        QTest::qWait(0);
        QCOMPARE(cutIn(window), QStringList());
        window.setConnections(scene.at(0));
        window.showQueue(orders());
        for (int page = 0; page < tabs(window)->count(); ++page) {
            tabs(window)->setCurrentIndex(page);
            QTest::qWait(0);
            const QString name = tabs(window)->tabText(page);
            QVERIFY2(cutIn(window).isEmpty(), qPrintable(name + u": "_s + cutIn(window).join(u'\n')));
        }
        QCOMPARE(window.size(), size);
    }

    void theTreeComesWhenItIsWanted() {
        InventedScene scene;
        Workspace window;
        window.setConnections(scene.at(0));
        window.resize(712, 410);
        window.show();
        QTRY_VERIFY(window.tree()->isHidden());
        QToolButton* fold = nullptr;
        for (auto* button : window.findChildren<QToolButton*>())
            if (button->accessibleName() == u"Show or hide the connections"_s) fold = button;
        QVERIFY(fold && fold->isVisible());
        fold->click();
        QVERIFY(window.tree()->isVisible());
        window.resize(713, 411);  // what was chosen stays
        QVERIFY(window.tree()->isVisible());
        window.resize(1200, 700);
        QTRY_VERIFY(!fold->isVisible());
        QVERIFY(window.tree()->isVisible());
    }

    void everyControlHasAName() {
        InventedScene scene;
        Workspace window;
        window.resize(1200, 800);
        window.show();
        window.setConnections(scene.at(0));
        window.showQueue(orders());
        for (int page = 0; page < tabs(window)->count(); ++page) {
            tabs(window)->setCurrentIndex(page);
            QTest::qWait(0);
        }
        QVERIFY2(namelessIn(window).isEmpty(), qPrintable(namelessIn(window).join(u'\n')));
        ConnectDialog connecting;
        QVERIFY2(namelessIn(connecting).isEmpty(), qPrintable(namelessIn(connecting).join(u'\n')));
        MarkDialog marking(orders());
        QVERIFY2(namelessIn(marking).isEmpty(), qPrintable(namelessIn(marking).join(u'\n')));
        ArmDialog arming({.name = u"prod-pg"_s}, u"replay 3 jobs"_s, false);
        QVERIFY2(namelessIn(arming).isEmpty(), qPrintable(namelessIn(arming).join(u'\n')));
        ActionDialog acting;
        QVERIFY2(namelessIn(acting).isEmpty(), qPrintable(namelessIn(acting).join(u'\n')));
    }

    // Sorted by whichever column: no title and no figure runs into its neighbour.
    void titlesAndFiguresHaveRoom_data() {
        QTest::addColumn<int>("width");
        QTest::newRow("wide") << 1180;
        QTest::newRow("narrow") << 660;
    }
    void titlesAndFiguresHaveRoom() {
        QFETCH(int, width);
        InventedScene scene;
        OverviewPage overview;
        LeasesPage leases;
        for (QWidget* page : {static_cast<QWidget*>(&overview), static_cast<QWidget*>(&leases)}) {
            page->resize(width, 700);
            page->show();
        }
        overview.setConnections(scene.at(0));
        leases.setConnections(scene.at(0));
        QTRY_VERIFY(leases.leaseTable()->model()->rowCount() > 0);
        QTest::qWait(0);
        QStringList cut;
        for (QTableView* table : {overview.table(), leases.leaseTable(), leases.workerTable()}) {
            const QAbstractItemModel& model = *table->model();
            for (int column = 0; column < model.columnCount(); ++column) {
                if (table->isColumnHidden(column)) continue;
                emit table->horizontalHeader()->sectionClicked(column);
                const QString title = model.headerData(column, Qt::Horizontal).toString();
                const int room = table->columnWidth(column) - 6;
                if (table->horizontalHeader()->fontMetrics().horizontalAdvance(title) > room) cut << title;
                const auto side = model.index(0, column).data(Qt::TextAlignmentRole).value<Qt::Alignment>();
                for (int row = 0; side & Qt::AlignRight && row < model.rowCount(); ++row) {
                    const QModelIndex at = model.index(row, column);
                    const bool sign = at.data(LoudRole).isValid();
                    const QString text = (sign ? u"▲ "_s : QString()) + at.data().toString();
                    if (table->fontMetrics().horizontalAdvance(text) > room)
                        cut << u"%1: %2"_s.arg(title, text);
                }
            }
        }
        cut.removeDuplicates();
        QVERIFY2(cut.isEmpty(), qPrintable(cut.join(u'\n')));
    }

    // A job's id needs all of its width where nothing else does.
    void emptyColumnsGiveTheirRoomAway() {
        InventedScene scene;
        LeasesPage page;
        page.resize(1500, 700);
        page.show();
        page.setConnections(scene.at(0));
        QTableView* table = page.leaseTable();
        QTRY_VERIFY(table->model()->rowCount() > 0);
        const int job = static_cast<int>(LeaseColumn::job), planned = table->columnWidth(job);
        table->setColumnWidth(job, planned + 31);  // by hand
        const QByteArray kept = page.leaseColumns()->saveState();
        page.resize(900, 700);
        QTest::qWait(0);
        QCOMPARE(table->columnWidth(job), planned + 31);
        LeasesPage again;
        again.leaseColumns()->restoreState(kept);
        QCOMPARE(again.leaseTable()->columnWidth(job), planned + 31);
    }

    void aQueueHasItsMenu() {
        InventedScene scene;
        OverviewPage page;
        page.resize(1200, 700);
        page.show();
        page.setConnections(scene.at(0));
        QPointer<QMenu> menu = menuOf(*page.table(), 0);
        QVERIFY(menu);
        QSignalSpy opened(&page, &OverviewPage::queueActivated);
        QSignalSpy placed(&page, &OverviewPage::placeActivated);
        entry(*menu, u"Open the queue"_s)->trigger();
        QCOMPARE(opened.count(), 1);
        const auto ref = opened[0][0].value<QueueRef>();
        entry(*menu, u"Dead letters"_s)->trigger();
        QCOMPARE(placed.count(), 1);
        QCOMPARE(placed[0][0].value<Place>(), Place::dead_letters);
        QCOMPARE(placed[0][1].value<QueueRef>(), ref);
        entry(*menu, u"Copy the rows"_s)->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text().count(u'\n'), 1);  // the titles and the row
        entry(*menu, u"Copy the name"_s)->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text(), ref.queue);
        menu->close();
        QTRY_VERIFY(!menu);
    }

    void claimsAndWorkersHaveTheirMenus() {
        InventedScene scene;
        LeasesPage page;
        page.resize(1200, 700);
        page.show();
        page.setConnections(scene.at(0));
        QTRY_VERIFY(page.leaseTable()->model()->rowCount() > 0);
        QPointer<QMenu> menu = menuOf(*page.leaseTable(), 0);
        QVERIFY(menu);
        QVERIFY(!entry(*menu, u"Copy the rows"_s)->text().isEmpty());
        entry(*menu, u"Copy the job's id"_s)->trigger();
        QVERIFY(!QGuiApplication::clipboard()->text().isEmpty());
        menu->close();
        QTRY_VERIFY(!menu);
        QVERIFY(page.workerTable()->model()->rowCount() > 0);
        menu = menuOf(*page.workerTable(), 0);
        QVERIFY(menu);
        entry(*menu, u"Filter by its name"_s)->trigger();
        QVERIFY(!page.findChild<QLineEdit*>()->text().isEmpty());
        menu->close();
    }

    void aFindingHasItsMenu() {
        InventedScene scene;
        OverviewPage page;
        page.resize(1200, 700);
        page.show();
        page.setConnections(scene.at(0));
        auto* finding = page.findChild<FindingEntry*>();
        QVERIFY(finding && finding->isVisible());
        QContextMenuEvent event(QContextMenuEvent::Mouse, {5, 5}, finding->mapToGlobal(QPoint(5, 5)));
        QCoreApplication::sendEvent(finding, &event);
        const QPointer<QMenu> menu = finding->findChild<QMenu*>();
        QVERIFY(menu);
        entry(*menu, u"Copy the finding"_s)->trigger();
        QVERIFY(QGuiApplication::clipboard()->text().contains(finding->finding().sentence));
        entry(*menu, u"Show the rest"_s)->trigger();
        QVERIFY(finding->isOpen());
        menu->close();
        QTRY_VERIFY(!menu);
    }
};

QTEST_MAIN(ReachTest)
#include "tst_reach.moc"
