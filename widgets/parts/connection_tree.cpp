#include "widgets/parts/connection_tree.h"

#include <QHBoxLayout>
#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/models/connection_tree_model.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr int kUnfoldUpTo = 30;  // a system with more queues stays folded
}

ConnectionTree::ConnectionTree(QWidget* parent)
    : Card(parent), m_model(new ConnectionTreeModel(this)), m_view(new QTreeView) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 12, 8, 8);
    auto* title = new SafeLabel(u"Connections"_s, LabelRole::heading);
    title->setContentsMargins(4, 0, 4, 0);
    auto* connectButton = new QPushButton(u"+  Connect…"_s);
    connectButton->setAccessibleName(u"Connect to another server"_s);
    column->addWidget(title);
    column->addWidget(m_view, 1);
    column->addWidget(connectButton);

    m_view->setModel(m_model);
    m_view->setHeaderHidden(true);
    m_view->setUniformRowHeights(true);
    m_view->setIndentation(16);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTextElideMode(Qt::ElideMiddle);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->setAccessibleName(u"Connections, systems and queues"_s);
    connect(m_view, &QTreeView::clicked, this, &ConnectionTree::activate);
    connect(m_view, &QTreeView::activated, this, &ConnectionTree::activate);
    connect(m_view, &QTreeView::customContextMenuRequested, this, &ConnectionTree::showMenu);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &ConnectionTree::unfold);
    connect(connectButton, &QPushButton::clicked, this, &ConnectionTree::connectRequested);
}

void ConnectionTree::setConnections(const ConnectionViews& views) {
    m_model->setConnections(views);
}

void ConnectionTree::setCurrentQueue(const QueueRef& queue) {
    const QModelIndex index = m_model->indexOf(queue);
    if (!index.isValid()) return m_view->setCurrentIndex({});
    m_view->setCurrentIndex(index);
    m_view->scrollTo(index);
}

void ConnectionTree::unfold(const QModelIndex& parent) {
    if (parent.isValid() && m_model->rowCount(parent) <= kUnfoldUpTo) m_view->expand(parent);
}

void ConnectionTree::activate(const QModelIndex& index) {
    const auto ref = index.data(ConnectionTreeModel::RefRole).value<QueueRef>();
    if (ref.queue.isEmpty())
        emit connectionActivated(ref.connection);
    else
        emit queueActivated(ref);
}

void ConnectionTree::showMenu(const QPoint& at) {
    const QModelIndex index = m_view->indexAt(at);
    if (!index.isValid()) return;
    const QString connection = index.data(ConnectionTreeModel::RefRole).value<QueueRef>().connection;
    QMenu menu(this);
    menu.addAction(u"Try again now"_s, this, [this, connection] { emit retryRequested(connection); });
    menu.addAction(u"Close connection"_s, this, [this, connection] { emit closeRequested(connection); });
    menu.exec(m_view->viewport()->mapToGlobal(at));
}

}  // namespace spillway
