#include "widgets/parts/column_fit.h"

#include <QAbstractProxyModel>
#include <QDataStream>
#include <QEvent>
#include <QHeaderView>
#include <QIODevice>
#include <QMenu>
#include <QScopedValueRollback>
#include <QTableView>
#include <algorithm>

#include "widgets/parts/cell_delegate.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint32 kStateVersion = 2, kStateWithoutWidths = 1;
constexpr double kTitleOnly = 12;  // digits

// Without the arrow that a proxy puts on the sorted one.
QString titleOf(const QTableView& table, int column) {
    const QAbstractItemModel* model = table.model();
    if (const auto* proxy = qobject_cast<const QAbstractProxyModel*>(model)) model = proxy->sourceModel();
    return model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
}

bool isEmptyColumn(const QAbstractItemModel& model, int column) {
    for (int row = 0; row < model.rowCount(); ++row) {
        const QString text = model.index(row, column).data().toString();
        if (!text.isEmpty() && text != u"–"_s) return false;
    }
    return true;
}

}  // namespace

ColumnFit::ColumnFit(QTableView* table, Plan plan) : QObject(table), m_table(table), m_plan(std::move(plan)) {
    for (int column = 0; column < columns(); ++column) table->setColumnWidth(column, widthOf(column));
    QHeaderView* header = table->horizontalHeader();
    header->setSectionResizeMode(m_plan.stretched, QHeaderView::Stretch);
    connect(header, &QHeaderView::sectionResized, this, [this](int column, int, int width) {
        if (!m_fitting && width > 0 && column != m_plan.stretched) m_widened.insert(column);
    });
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QHeaderView::customContextMenuRequested, this,
            [this, header](const QPoint& at) { choose(header->mapToGlobal(at)); });
    table->viewport()->installEventFilter(this);
    if (!m_plan.mayBeEmpty.empty()) watchRows();
    fit();
}

void ColumnFit::watchRows() {
    const QAbstractItemModel* model = m_table->model();
    m_look.setSingleShot(true);  // once for all rows that change together
    connect(&m_look, &QTimer::timeout, this, &ColumnFit::lookForEmptyOnes);
    const auto lookSoon = [this] { m_look.start(0); };
    connect(model, &QAbstractItemModel::rowsInserted, this, lookSoon);
    connect(model, &QAbstractItemModel::rowsRemoved, this, lookSoon);
    connect(model, &QAbstractItemModel::dataChanged, this, lookSoon);
    connect(model, &QAbstractItemModel::modelReset, this, lookSoon);
}

// A table that is empty for a moment keeps its columns.
void ColumnFit::lookForEmptyOnes() {
    const QAbstractItemModel& model = *m_table->model();
    if (model.rowCount() == 0) return;
    std::set<int> empty;
    for (const int column : m_plan.mayBeEmpty)
        if (isEmptyColumn(model, column)) empty.insert(column);
    if (empty == m_empty) return;
    m_empty = std::move(empty);
    fit();
}

void ColumnFit::setUnneeded(int column, bool unneeded) {
    const bool known = m_unneeded.count(column) > 0;
    if (known == unneeded) return;
    if (unneeded)
        m_unneeded.insert(column);
    else
        m_unneeded.erase(column);
    fit();
}

int ColumnFit::widthOf(int column) const {
    return digitsWide(*m_table, m_plan.digits[static_cast<size_t>(column)]);
}

std::set<int> ColumnFit::withoutRoom() const {
    std::set<int> hidden = m_unneeded;
    hidden.insert(m_empty.begin(), m_empty.end());
    int needed = 0;
    if (hidden.erase(m_plan.stretched) > 0)  // it stays, for its room, but wants none from others
        needed = digitsWide(*m_table, kTitleOnly) - widthOf(m_plan.stretched);
    for (int column = 0; column < columns(); ++column)
        if (!hidden.count(column)) needed += widthOf(column);
    for (const int column : m_plan.dispensable) {
        if (needed <= m_table->viewport()->width()) break;
        if (hidden.insert(column).second) needed -= widthOf(column);
    }
    return hidden;
}

void ColumnFit::fit() {
    const QScopedValueRollback fitting(m_fitting, true);
    const std::set<int> hidden = m_byHand ? m_hidden : withoutRoom();
    for (int column = 0; column < columns(); ++column)
        if (const bool hide = hidden.count(column) > 0; m_table->isColumnHidden(column) != hide)
            m_table->setColumnHidden(column, hide);
    grow();
    emit fitted();
}

void ColumnFit::grow() {
    const bool spare = m_empty.count(m_plan.stretched) > 0;
    int room =
        m_table->viewport()->width() - (spare ? digitsWide(*m_table, kTitleOnly) : widthOf(m_plan.stretched));
    for (int column = 0; column < columns(); ++column) {
        if (column == m_plan.stretched || m_table->isColumnHidden(column)) continue;
        room -= m_widened.count(column) ? m_table->columnWidth(column) : widthOf(column);
    }
    for (const auto& [column, digits] : m_plan.growing) {
        if (m_widened.count(column) || m_table->isColumnHidden(column)) continue;
        const int least = widthOf(column);
        const int more = std::clamp(room, 0, std::max(0, digitsWide(*m_table, digits) - least));
        room -= more;
        if (m_table->columnWidth(column) != least + more) m_table->setColumnWidth(column, least + more);
    }
}

int ColumnFit::hiddenColumns() const {
    const auto empty = std::count_if(m_empty.begin(), m_empty.end(),
                                     [this](int column) { return m_table->isColumnHidden(column); });
    return m_table->horizontalHeader()->hiddenSectionCount() - static_cast<int>(empty);
}

void ColumnFit::setShown(int column, bool shown) {
    m_hidden.clear();
    for (int each = 0; each < columns(); ++each)
        if (each == column ? !shown : m_table->isColumnHidden(each)) m_hidden.insert(each);
    m_byHand = true;
    fit();
}

void ColumnFit::fillMenu(QMenu& menu) {
    for (int column = 0; column < columns(); ++column) {
        if (m_plan.always.count(column) || column == m_plan.stretched) continue;
        QAction* action = menu.addAction(titleOf(*m_table, column));
        action->setCheckable(true);
        action->setChecked(!m_table->isColumnHidden(column));
        connect(action, &QAction::toggled, this, [this, column](bool shown) { setShown(column, shown); });
    }
    menu.addSeparator();
    QAction* automatic = menu.addAction(u"As many as fit"_s, this, [this] {
        m_byHand = false;
        fit();
    });
    automatic->setCheckable(true);
    automatic->setChecked(!m_byHand);
}

void ColumnFit::choose(const QPoint& globalAt) {
    QMenu menu(m_table);
    fillMenu(menu);
    menu.exec(globalAt);
}

QByteArray ColumnFit::saveState() const {
    QByteArray state;
    QDataStream out(&state, QIODevice::WriteOnly);
    out << kStateVersion << static_cast<qint32>(columns()) << m_byHand
        << QList<qint32>(m_hidden.begin(), m_hidden.end()) << m_table->horizontalHeader()->saveState()
        << QList<qint32>(m_widened.begin(), m_widened.end());
    return state;
}

void ColumnFit::restoreState(const QByteArray& state) {
    QDataStream in(state);
    qint32 version = 0, count = 0;
    bool byHand = false;
    QList<qint32> hidden, widened;
    QByteArray header;
    in >> version >> count >> byHand >> hidden >> header;
    if (version == kStateVersion) in >> widened;
    if (in.status() != QDataStream::Ok || count != columns()) return;
    if (version != kStateVersion && version != kStateWithoutWidths) return;
    {
        const QScopedValueRollback fitting(m_fitting, true);
        m_table->horizontalHeader()->restoreState(header);
    }
    m_widened = std::set<int>(widened.begin(), widened.end());
    m_byHand = byHand;
    m_hidden = std::set<int>(hidden.begin(), hidden.end());
    for (const int column : m_plan.always) m_hidden.erase(column);
    m_hidden.erase(m_plan.stretched);
    fit();
}

bool ColumnFit::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize) fit();
    return QObject::eventFilter(watched, event);
}

}  // namespace spillway
