// What a saved connection may be called: what follows the '@' on the command line.
#pragma once

#include <QRegularExpression>
#include <QString>

namespace spillway {

[[nodiscard]] inline bool isConnectionName(const QString& name) {
    static const QRegularExpression allowed(QStringLiteral("\\A[\\w.-]{1,64}\\z"),
                                            QRegularExpression::UseUnicodePropertiesOption);
    return allowed.match(name).hasMatch();
}
inline QString connectionNameRule() {
    return QStringLiteral("Use letters, digits, '-', '_' and '.', 64 at most.");
}

}  // namespace spillway
