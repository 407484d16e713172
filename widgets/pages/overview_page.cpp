#include "widgets/pages/overview_page.h"

#include <QClipboard>
#include <QDataStream>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

#include "backends/domain/display_zone.h"
#include "widgets/models/place_link.h"
#include "widgets/models/queue_copy.h"
#include "widgets/models/queue_table_proxy.h"
#include "widgets/parts/card.h"
#include "widgets/parts/cell_delegate.h"
#include "widgets/parts/column_fit.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/queue_delegate.h"
#include "widgets/parts/row_menu.h"
#include "widgets/parts/theme.h"
#include "widgets/verdict/finding_list.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kStaleTick_ms = 5000;
constexpr int kLeastFindings = 116;  // pixels: the count and three lines

// In widths of a digit, so that a larger font gets larger columns.
constexpr double digitsOf(QueueColumn column) {
    switch (column) {
        case QueueColumn::state:
            return 4;
        case QueueColumn::queue:
            return 15;  // at least; it takes what is left
        case QueueColumn::where:
            return 25;
        case QueueColumn::trend:
            return 17;
        case QueueColumn::arrivals:
        case QueueColumn::drain:
        case QueueColumn::stuck:
            return 8;
        case QueueColumn::drains:
            return 19;
        case QueueColumn::dead_age:
            return 11.3;
        case QueueColumn::retrying:
        case QueueColumn::lost:
        case QueueColumn::twice:
            return 10.5;
        case QueueColumn::amplification:  // "▲ ≥ 12.34×"
            return 11.5;
        default:
            return 9;
    }
}

// Where the window is narrow some go first, in this order.
ColumnFit::Plan queueColumns() {
    using C = QueueColumn;
    ColumnFit::Plan plan;
    for (int column = 0; column < kQueueColumns; ++column)
        plan.digits.push_back(digitsOf(static_cast<C>(column)));
    plan.stretched = static_cast<int>(C::queue);
    for (const C column : {C::retrying, C::running, C::lost, C::where, C::arrivals, C::drain, C::trend,
                           C::stuck, C::twice, C::amplification, C::dead_age, C::oldest})
        plan.dispensable.push_back(static_cast<int>(column));
    plan.mayBeEmpty = {static_cast<int>(C::blocked)};
    return plan;
}

}  // namespace

OverviewPage::OverviewPage(QWidget* parent)
    : QWidget(parent), m_model(new QueueTableModel(this)), m_proxy(new QueueTableProxy(m_model, this)),
      m_table(new QTableView), m_filter(new QLineEdit), m_count(new SafeLabel({}, LabelRole::secondary)),
      m_lastSort(new QPushButton), m_stack(new QStackedWidget), m_empty(new EmptyState),
      m_findings(new FindingList(Place::overview)) {
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(1, 4, 1, 4);
    inside->addWidget(m_stack);
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(buildBar());
    auto* halves = new QSplitter(Qt::Vertical);
    halves->setHandleWidth(10);
    halves->setChildrenCollapsible(false);
    halves->addWidget(card);
    halves->addWidget(m_findings);
    halves->setStretchFactor(0, 3);
    halves->setStretchFactor(1, 2);
    column->addWidget(halves, 1);
    m_findings->setMinimumHeight(kLeastFindings);
    card->setMinimumHeight(kLeastFindings);
    connect(m_model, &QueueTableModel::appeared, this, &OverviewPage::trendsWanted);
    connect(m_findings, &FindingList::findingActivated, this, &OverviewPage::findingActivated);
    buildTable();
    setFocusProxy(m_table);
    connect(m_empty, &EmptyState::buttonClicked, this, &OverviewPage::emptyButtonClicked);
    connect(&m_clock, &QTimer::timeout, this, [this] {
        m_model->tick(m_views, QDateTime::currentDateTime());
        updateEmptyState();
    });
    m_clock.start(kStaleTick_ms);
    updateEmptyState();
}

QWidget* OverviewPage::buildBar() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    m_filter->setPlaceholderText(u"Filter queues   Ctrl+F"_s);
    m_filter->setAccessibleName(u"Filter queues"_s);
    m_filter->setClearButtonEnabled(true);
    m_filter->setMinimumWidth(130);
    m_filter->setMaximumWidth(240);
    m_columns = new QPushButton(u"Columns"_s);
    m_columns->setAccessibleName(u"Choose columns"_s);
    m_copy = new QPushButton(u"Copy"_s);
    m_copy->setAccessibleName(u"Copy the table as tab separated text"_s);
    row->addWidget(m_filter, 2);
    row->addWidget(m_count, 3);
    row->addWidget(m_lastSort);
    m_count->setElided(true);
    m_count->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_lastSort->setProperty("link", true);
    m_lastSort->hide();
    row->addWidget(m_copy);
    row->addWidget(m_columns);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_proxy->setFilterText(text.trimmed());
        updateEmptyState();
    });
    connect(m_copy, &QPushButton::clicked, this, &OverviewPage::copySelection);
    connect(m_columns, &QPushButton::clicked, this,
            [this] { m_fit->choose(m_columns->mapToGlobal(QPoint(0, m_columns->height() + 4))); });
    return bar;
}

void OverviewPage::buildTable() {
    m_table->setModel(m_proxy);
    auto* delegate = new QueueDelegate(m_proxy, m_table);
    m_table->setItemDelegate(delegate);
    dressTable(*m_table, u"Queues, worst first"_s);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerItem);
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() * 2 + 6);
    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionsClickable(true);
    header->setSortIndicator(0, Qt::AscendingOrder);
    m_fit = new ColumnFit(m_table, queueColumns());
    const auto fitted = [this, delegate] {
        nameColumns();
        // Two queues of one name are told apart in every width.
        delegate->setWithPlace(m_table->isColumnHidden(static_cast<int>(QueueColumn::where)));
        m_table->viewport()->update();
    };
    connect(m_fit, &ColumnFit::fitted, this, fitted);
    fitted();
    connect(header, &QHeaderView::sectionClicked, this, &OverviewPage::sortBy);
    connect(m_table, &QTableView::activated, this, &OverviewPage::openRow);
    onRowMenu(*m_table, [this](QMenu& menu, const QModelIndex& index) { fillMenu(menu, index); });
    connect(m_table, &QTableView::clicked, this, [this](const QModelIndex& index) {
        if (index.column() == static_cast<int>(QueueColumn::queue)) openRow(index);
    });
}

void OverviewPage::fillMenu(QMenu& menu, const QModelIndex& index) {
    const QueueRow& row = m_proxy->row(index.row());
    const QueueRef ref = row.ref;
    menu.addAction(u"Open the queue"_s, this, [this, ref] { emit queueActivated(ref); });
    menu.addAction(u"Dead letters"_s, this, [this, ref] { emit placeActivated(Place::dead_letters, ref); });
    menu.addAction(u"Leases and workers"_s, this, [this, ref] { emit placeActivated(Place::leases, ref); });
    QAction* replay =
        menu.addAction(u"Replay dead letters…"_s, this, [this, ref] { emit replayRequested(ref); });
    replay->setEnabled(row.health->reading.dead.valueOr(0) > 0);
    menu.addSeparator();
    menu.addAction(u"Copy the rows"_s, this, &OverviewPage::copySelection);
    menu.addAction(u"Copy a link to it"_s, this, [ref] {
        QGuiApplication::clipboard()->setText(linkTo({ref, Place::queue, {}, {}}));
    });
    menu.addAction(u"Copy the name"_s, this, [ref] { QGuiApplication::clipboard()->setText(ref.queue); });
}

void OverviewPage::openRow(const QModelIndex& index) {
    emit queueActivated(m_proxy->row(index.row()).ref);
}

// Figures are first sorted with the largest on top: that is what one looks for.
void OverviewPage::sortBy(int column) {
    m_lastSort->hide();
    const bool again = column == m_sortColumn;
    const bool figures = isNumeric(static_cast<QueueColumn>(column)) ||
                         static_cast<QueueColumn>(column) == QueueColumn::drains;
    m_sortOrder = again ? (m_sortOrder == Qt::AscendingOrder ? Qt::DescendingOrder : Qt::AscendingOrder)
                        : (figures ? Qt::DescendingOrder : Qt::AscendingOrder);
    sortTo(column, m_sortOrder);
}

void OverviewPage::sortTo(int column, Qt::SortOrder order) {
    m_sortColumn = column;
    m_sortOrder = order;
    m_table->horizontalHeader()->setSortIndicator(column, order);
    m_proxy->sort(m_sortColumn, m_sortOrder);
    updateEmptyState();
}

// A start is always worst first; how it was sorted last time is one press away.
void OverviewPage::offerSort(int column, Qt::SortOrder order) {
    m_lastSort->setText(u"Sort by %1 as last time"_s.arg(columnTitle(static_cast<QueueColumn>(column))));
    m_lastSort->setVisible(column != 0 || order != Qt::AscendingOrder);
    disconnect(m_lastSort, &QPushButton::clicked, this, nullptr);
    connect(m_lastSort, &QPushButton::clicked, this, [this, column, order] {
        m_lastSort->hide();
        sortTo(column, order);
    });
}

void OverviewPage::takeTrend(const QueueRef& queue, const QueuePast& past) {
    m_model->takeTrend(queue, past.metrics.value(u"ready"_s));
}

void OverviewPage::setConnections(const ConnectionViews& views) {
    m_views = views;
    if (!findConnection(views, m_scope.connection)) showOnly({});
    m_model->setConnections(views, QDateTime::currentDateTime());
    updateEmptyState();
    updateFindings();
}

void OverviewPage::keepUp(const ConnectionViews& views) {
    m_model->setConnections(views, QDateTime::currentDateTime());
}

void OverviewPage::startAnew(const ConnectionViews& views) {
    const QueueRef scope = m_scope;
    m_model->setConnections({}, QDateTime::currentDateTime());
    setConnections(views);
    if (findConnection(views, scope.connection)) showOnly(scope);
}

void OverviewPage::showOnly(const QueueRef& scope) {
    if (m_scope == scope) return;
    m_scope = scope;
    m_proxy->setScope(scope.connection, scope.system);
    updateEmptyState();
    updateFindings();
}

void OverviewPage::updateFindings() {
    std::vector<Finding> findings;
    QHash<QString, QString> old;
    int notShown = 0;
    for (const auto& view : m_views) {
        if (!view.last || (!m_scope.connection.isEmpty() && view.name != m_scope.connection)) continue;
        if (view.state == ConnectionState::stale)
            old[view.name] = displayTime(view.last_at).toString(u"HH:mm"_s);
        notShown += view.last->findings_not_shown;
        for (const auto& finding : findingsOf(view, QDateTime::currentDateTime()))
            if (m_scope.system.isEmpty() || finding.system == m_scope.system) findings.push_back(finding);
    }
    std::sort(findings.begin(), findings.end(), [&old](const Finding& a, const Finding& b) {
        const bool aOld = old.contains(a.connection), bOld = old.contains(b.connection);
        return aOld != bOld ? bOld : worseThan(a, b);
    });
    m_findings->setFindings(findings, todayOf(m_views), old, notShown);
    m_findings->setVisible(!findings.empty());
}

void OverviewPage::showFindings() {
    showOnly({});
    m_findings->showAll();
}

void OverviewPage::focusFilter() {
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void OverviewPage::emptyButtonClicked() {
    if (m_views.empty()) return emit connectRequested();
    if (m_model->rowCount() > 0) return m_filter->clear();
    for (const auto& view : m_views)
        if (view.failure) emit retryRequested(view.name);
}

void OverviewPage::updateEmptyState() {
    const int all = m_model->rowCount(), shown = m_proxy->rowCount();
    const QString noun = all == 1 ? u"queue"_s : u"queues"_s;
    m_count->setSafeText(
        all == 0 ? QString()
        : shown == all
            ? (m_sortColumn == 0 && m_sortOrder == Qt::AscendingOrder ? u"%1 %2, worst first"_s : u"%1 %2"_s)
                  .arg(all)
                  .arg(noun)
            : u"%1 of %2 %3"_s.arg(shown).arg(all).arg(noun));
    m_stack->setCurrentIndex(shown > 0 ? 0 : 1);
    if (shown > 0) return;
    ConnectionViews views = m_views;
    if (!m_scope.connection.isEmpty())
        std::erase_if(views, [&](const auto& view) { return view.name != m_scope.connection; });
    m_empty->setText(
        emptyTextFor(views, QDateTime::currentDateTime()).value_or(noMatchText(m_filter->text())));
}

void OverviewPage::copySelection() const {
    std::set<int> rows;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) rows.insert(index.row());
    if (rows.empty())
        for (int row = 0; row < m_proxy->rowCount(); ++row) rows.insert(rows.end(), row);
    QStringList lines{copiedTitles()};
    for (const int row : rows) lines << copiedRow(m_proxy->row(row));
    QGuiApplication::clipboard()->setText(lines.join(u'\n'));
}

void OverviewPage::nameColumns() {
    const int hidden = m_fit->hiddenColumns();
    m_columns->setText(hidden == 0 ? u"Columns"_s : u"Columns (%1 hidden)"_s.arg(hidden));
}

QByteArray OverviewPage::saveState() const {
    QByteArray state;
    QDataStream out(&state, QIODevice::WriteOnly);
    out << m_fit->saveState() << m_sortColumn << static_cast<int>(m_sortOrder);
    return state;
}

void OverviewPage::restoreState(const QByteArray& state) {
    QDataStream in(state);
    QByteArray columns;
    int column = 0, order = 0;
    in >> columns >> column >> order;
    if (in.status() != QDataStream::Ok || column < 0 || column >= kQueueColumns) return;
    m_fit->restoreState(columns);
    offerSort(column, order == Qt::DescendingOrder ? Qt::DescendingOrder : Qt::AscendingOrder);
}

void OverviewPage::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) return copySelection();
    if (event->key() == Qt::Key_Escape && !m_filter->text().isEmpty()) {
        m_filter->clear();
        return m_table->setFocus();
    }
    QWidget::keyPressEvent(event);
}

}  // namespace spillway
