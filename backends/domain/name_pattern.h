// Names of queues, as a person writes them for several at once: "orders-*", "*:dead"; * ? and [] as in a
// shell.
#pragma once

#include <QRegularExpression>
#include <QString>

namespace spillway {

class NamePattern {
public:
    explicit NamePattern(const QString& pattern);
    [[nodiscard]] bool fits(const QString& name) const;

private:
    QRegularExpression m_expression;
};

}  // namespace spillway
