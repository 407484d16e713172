// Raw names of queues as text for people: escaped, and unique even where two escape or cut alike.
#pragma once

#include <QHash>
#include <QSet>

#include "backends/domain/human_text.h"

namespace spillway {

class DisplayNames {
public:
    [[nodiscard]] QString of(const QByteArray& raw) { return of(raw, visibleText(raw)); }
    // `plain`: how it should read where that name is still free.
    [[nodiscard]] QString of(const QByteArray& raw, const QString& plain) {
        if (const auto known = m_names.constFind(raw); known != m_names.cend()) return *known;
        QString name = plain;
        for (int copy = 2; m_taken.contains(name); ++copy)
            name = QStringLiteral("%1 (%2)").arg(plain).arg(copy);
        m_taken.insert(name);
        m_names.insert(raw, name);
        return name;
    }
    void forget(const QByteArray& raw) { m_taken.remove(m_names.take(raw)); }
    [[nodiscard]] bool contains(const QByteArray& raw) const { return m_names.contains(raw); }

private:
    QHash<QByteArray, QString> m_names;
    QSet<QString> m_taken;
};

}  // namespace spillway
