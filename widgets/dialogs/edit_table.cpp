#include "widgets/dialogs/edit_table.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr int kShownRows = 3;
}

EditTable::EditTable(const QString& name, std::vector<EditColumn> columns, QWidget* parent)
    : QWidget(parent), m_table(new QTableWidget(0, static_cast<int>(columns.size()))),
      m_remove(new QPushButton(u"Remove"_s)) {
    for (size_t i = 0; i < columns.size(); ++i) {
        const auto column = static_cast<int>(i);
        auto* head = new QTableWidgetItem(columns[i].title);
        head->setToolTip(plainToolTip(columns[i].hint));
        m_table->setHorizontalHeaderItem(column, head);
        m_table->setColumnWidth(column, columns[i].width);
    }
    m_table->setProperty("field", true);
    m_table->setAccessibleName(name);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->verticalHeader()->hide();
    m_table->setTabKeyNavigation(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setFixedHeight(fontMetrics().lineSpacing() * (kShownRows + 1) + 52);
    auto* add = new QPushButton(u"Add"_s);
    add->setAccessibleName(u"Add to %1"_s.arg(name));
    add->setToolTip(u"A new row; F2 or typing edits a cell"_s);
    m_remove->setAccessibleName(u"Remove from %1"_s.arg(name));
    m_remove->setToolTip(u"The row that is marked"_s);
    for (QPushButton* button : {add, m_remove}) button->setAutoDefault(false);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(add);
    buttons->addWidget(m_remove);
    buttons->addStretch(1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(m_table);
    column->addLayout(buttons);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(add, &QPushButton::clicked, this, [this] {
        addRow({});
        m_table->setCurrentCell(m_table->rowCount() - 1, 0);
        m_table->editItem(m_table->item(m_table->rowCount() - 1, 0));
    });
    connect(m_remove, &QPushButton::clicked, this, [this] {
        m_table->removeRow(m_table->currentRow());
        emit changed();
    });
    connect(m_table, &QTableWidget::itemChanged, this, &EditTable::changed);
}

void EditTable::addRow(const QStringList& texts) {
    const QSignalBlocker quiet(m_table);
    const int row = m_table->rowCount();
    m_table->insertRow(row);
    for (int column = 0; column < m_table->columnCount(); ++column) {
        auto* item = new QTableWidgetItem(texts.value(column));
        item->setToolTip(plainToolTip(texts.value(column)));
        m_table->setItem(row, column, item);
    }
}

void EditTable::setRows(const std::vector<QStringList>& rows) {
    m_table->setRowCount(0);
    for (const QStringList& row : rows) addRow(row);
}

std::vector<QStringList> EditTable::rows() const {
    std::vector<QStringList> all;
    for (int row = 0; row < m_table->rowCount(); ++row) {
        QStringList texts;
        for (int column = 0; column < m_table->columnCount(); ++column)
            texts << (m_table->item(row, column) ? m_table->item(row, column)->text().trimmed() : QString());
        if (!texts.join(QString()).isEmpty()) all.push_back(texts);
    }
    return all;
}

}  // namespace spillway
