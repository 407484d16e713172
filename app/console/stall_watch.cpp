#include "app/console/stall_watch.h"

#include <QAbstractEventDispatcher>
#include <QCoreApplication>
#include <QEvent>
#include <QMetaEnum>

namespace spillway {
using namespace Qt::StringLiterals;

StallWatch::StallWatch(std::chrono::milliseconds longest, Tell tell, QObject* parent)
    : QObject(parent), m_longest(longest), m_tell(std::move(tell)) {
    QCoreApplication::instance()->installEventFilter(this);
    const auto* loop = QAbstractEventDispatcher::instance();
    connect(loop, &QAbstractEventDispatcher::aboutToBlock, this, [this] {
        look();
        m_since.invalidate();
    });
    connect(loop, &QAbstractEventDispatcher::awake, this, [this] {
        look();  // a round that did not wait has told of no blocking
        m_class = u"the event loop"_s;
        m_name.clear();
        m_type = 0;
        m_since.start();
    });
}

bool StallWatch::eventFilter(QObject* receiver, QEvent* event) {
    look();
    m_class = QString::fromLatin1(receiver->metaObject()->className());
    m_name = receiver->objectName();
    m_type = event->type();
    m_since.start();
    return false;
}

void StallWatch::look() {
    if (!m_since.isValid() || m_since.elapsed() <= m_longest.count()) return;
    const qint64 elapsed = m_since.elapsed();
    const char* type = QMetaEnum::fromType<QEvent::Type>().valueToKey(m_type);
    const QString name = m_name.isEmpty() ? QString() : u" \"%1\""_s.arg(m_name);
    m_tell(u"The window stood still for %1 ms: %2 of %3%4."_s.arg(elapsed).arg(
        type ? QString::fromLatin1(type) : u"event %1"_s.arg(m_type), m_class, name));
}

}  // namespace spillway
