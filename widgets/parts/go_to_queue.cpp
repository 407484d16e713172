#include "widgets/parts/go_to_queue.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QKeyEvent>
#include <QStandardItemModel>

#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;

GoToQueue::GoToQueue(QWidget* parent) : QLineEdit(parent), m_model(new QStandardItemModel(this)) {
    setPlaceholderText(u"Go to queue   Ctrl+K"_s);
    setAccessibleName(u"Go to queue"_s);
    setToolTip(plainToolTip(
        u"Type a part of a queue's name, then Enter; what no queue is called is searched for among workers and dead letters (Ctrl+Shift+F)."_s));
    setMinimumWidth(100);
    setMaximumWidth(220);
    auto* completer = new QCompleter(m_model, this);
    completer->setFilterMode(Qt::MatchContains);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setMaxVisibleItems(12);
    completer->popup()->setTextElideMode(Qt::ElideMiddle);
    completer->popup()->setObjectName(u"popup"_s);  // the style sheet gives it a ground
    setCompleter(completer);
    connect(completer, qOverload<const QModelIndex&>(&QCompleter::activated), this, &GoToQueue::activate,
            Qt::QueuedConnection);
    connect(this, &QLineEdit::returnPressed, this, &GoToQueue::activateFirst);
}

void GoToQueue::setConnections(const ConnectionViews& views) {
    QList<QueueRef> refs;
    for (const auto& view : views) {
        if (!view.last) continue;
        for (const auto& system : view.last->systems)
            for (const auto& queue : system.queues)
                refs.push_back({view.name, system.identity.key(), queue.reading.queue});
    }
    if (refs == m_known) return;
    m_known = refs;
    m_model->clear();
    QList<QStandardItem*> items;
    for (const auto& ref : m_known) {
        auto* item = new QStandardItem(
            u"%1   %2 · %3"_s.arg(visibleText(ref.queue, 120), connectionLabel(ref.connection), ref.system));
        item->setData(QVariant::fromValue(ref), Qt::UserRole);
        items.push_back(item);
    }
    m_model->appendColumn(items);
}

void GoToQueue::keyPressEvent(QKeyEvent* event) {
    if (event->key() != Qt::Key_Escape) return QLineEdit::keyPressEvent(event);
    clear();
    clearFocus();
}

void GoToQueue::activateFirst() {
    if (text().isEmpty()) return;
    if (completer()->completionCount() == 0) {
        const QString wanted = text();
        clear();
        emit searchWanted(wanted);
        return;
    }
    const QModelIndex marked = completer()->popup()->currentIndex();
    completer()->setCurrentRow(0);
    activate(marked.isValid() ? marked : completer()->currentIndex());
}

void GoToQueue::activate(const QModelIndex& index) {
    const auto queue = index.data(Qt::UserRole).value<QueueRef>();
    if (queue.isEmpty()) return;
    clear();
    clearFocus();
    emit queueActivated(queue);
}

}  // namespace spillway
