#include "widgets/parts/connection_tree.h"

#include <QHBoxLayout>
#include <QMenu>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QVBoxLayout>

#include "widgets/models/connection_tree_model.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr int kUnfoldUpTo = 30;  // a system with more queues stays folded
}

ConnectionTree::ConnectionTree(QWidget* parent)
    : Card(parent), m_model(new ConnectionTreeModel(this)), m_view(new QTreeView),
      m_manage(new QPushButton(u"Manage…"_s)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 12, 8, 8);
    auto* title = new SafeLabel(u"Connections"_s, LabelRole::heading);
    title->setContentsMargins(4, 0, 4, 0);
    auto* connectButton = new QPushButton(u"+  Connect…"_s);
    connectButton->setAccessibleName(u"Connect to another server"_s);
    column->addWidget(title);
    column->addWidget(m_view, 1);
    m_manage->setAccessibleName(u"Manage connections"_s);
    setUnheard({});
    column->addWidget(connectButton);
    column->addWidget(m_manage);

    m_view->setModel(m_model);
    m_view->setHeaderHidden(true);
    m_view->setUniformRowHeights(true);
    m_view->setIndentation(16);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTextElideMode(Qt::ElideMiddle);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->setAccessibleName(u"Connections, systems and queues"_s);
    connect(m_view, &QTreeView::clicked, this, &ConnectionTree::choose);
    connect(m_view, &QTreeView::activated, this, &ConnectionTree::choose);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &ConnectionTree::selectionMoved);
    connect(m_view, &QTreeView::customContextMenuRequested, this, &ConnectionTree::showMenu);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &ConnectionTree::unfold);
    connect(connectButton, &QPushButton::clicked, this, &ConnectionTree::connectRequested);
    connect(m_manage, &QPushButton::clicked, this, &ConnectionTree::manageRequested);
}

// Where the chosen row goes away, the view chooses a neighbour: that is nobody's wish.
void ConnectionTree::setConnections(const ConnectionViews& views) {
    const QScopedValueRollback quiet(m_quiet, true);
    m_model->setConnections(views);
}

void ConnectionTree::setUnheard(const QStringList& sentences) {
    const QString hint = u"Saved connections: add, change, remove, import (Ctrl+Shift+O)"_s;
    m_manage->setIcon(sentences.isEmpty() ? QIcon() : icon(u"warning"_s, currentTokens().warning));
    m_manage->setToolTip(plainToolTip((QStringList{hint} + sentences).join(u'\n')));
    m_manage->setAccessibleDescription(sentences.join(u' '));
}

void ConnectionTree::setCurrent(const QueueRef& scope) {
    const QModelIndex index = scope.isEmpty() ? QModelIndex() : m_model->indexOf(scope);
    const QModelIndexList chosen = m_view->selectionModel()->selectedIndexes();
    if (index.isValid() ? chosen == QModelIndexList{index} : chosen.isEmpty()) return;
    const QScopedValueRollback quiet(m_quiet, true);
    m_view->setCurrentIndex(index);
    if (!index.isValid()) return m_view->clearSelection();
    m_view->scrollTo(index);
}

void ConnectionTree::unfold(const QModelIndex& parent) {
    if (parent.isValid() && m_model->rowCount(parent) <= kUnfoldUpTo) m_view->expand(parent);
}

void ConnectionTree::choose(const QModelIndex& index) {
    if (!index.isValid()) return;
    const auto ref = index.data(ConnectionTreeModel::RefRole).value<QueueRef>();
    if (!ref.isEmpty()) emit chosen(ref);  // a folder is only opened and closed
}

// A press, an arrow key and a typed name all end here; the focus alone does not select.
void ConnectionTree::selectionMoved(const QItemSelection& selected) {
    if (!m_quiet && !selected.indexes().isEmpty()) choose(selected.indexes().front());
}

void ConnectionTree::showMenu(const QPoint& at) {
    const QModelIndex index = m_view->indexAt(at);
    const QString connection = index.data(ConnectionTreeModel::RefRole).value<QueueRef>().connection;
    if (connection.isEmpty()) return;  // a folder, or nothing at all
    QMenu menu(this);
    menu.addAction(u"Try again now"_s, this, [this, connection] { emit retryRequested(connection); });
    menu.addAction(u"Edit…"_s, this, [this, connection] { emit editRequested(connection); });
    menu.addAction(u"Close connection"_s, this, [this, connection] { emit closeRequested(connection); });
    menu.exec(m_view->viewport()->mapToGlobal(at));
}

}  // namespace spillway
