#include "widgets/parts/column_fit.h"

#include <QEvent>
#include <QHeaderView>
#include <QTableView>

#include "widgets/parts/cell_delegate.h"

namespace spillway {

ColumnFit::ColumnFit(QTableView* table, Plan plan) : QObject(table), m_table(table), m_plan(std::move(plan)) {
    for (size_t i = 0; i < m_plan.digits.size(); ++i)
        table->setColumnWidth(static_cast<int>(i), digitsWide(*table, m_plan.digits[i]));
    table->horizontalHeader()->setSectionResizeMode(m_plan.stretched, QHeaderView::Stretch);
    table->viewport()->installEventFilter(this);
    fit();
}

void ColumnFit::setUnneeded(int column, bool unneeded) {
    if (unneeded)
        m_unneeded.insert(column);
    else
        m_unneeded.erase(column);
    fit();
}

void ColumnFit::fit() {
    const auto width = [this](int column) {
        return digitsWide(*m_table, m_plan.digits[static_cast<size_t>(column)]);
    };
    std::set<int> hidden = m_unneeded;
    int needed = 0;
    for (int column = 0; column < static_cast<int>(m_plan.digits.size()); ++column)
        if (!hidden.count(column)) needed += width(column);
    for (const int column : m_plan.dispensable) {
        if (needed <= m_table->viewport()->width()) break;
        if (hidden.insert(column).second) needed -= width(column);
    }
    for (int column = 0; column < static_cast<int>(m_plan.digits.size()); ++column)
        if (const bool hide = hidden.count(column) > 0; m_table->isColumnHidden(column) != hide)
            m_table->setColumnHidden(column, hide);
}

bool ColumnFit::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize) fit();
    return QObject::eventFilter(watched, event);
}

}  // namespace spillway
