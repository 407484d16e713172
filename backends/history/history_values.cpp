#include "backends/history/history_values.h"

#include <QDir>
#include <QFile>

namespace spillway {
using namespace Qt::StringLiterals;

QString historyMarkKindName(HistoryMarkKind kind) {
    switch (kind) {
        case HistoryMarkKind::deploy:
            return u"deploy"_s;
        case HistoryMarkKind::action:
            return u"action"_s;
        case HistoryMarkKind::drift:
            return u"drift"_s;
        case HistoryMarkKind::gap:
            break;
    }
    return u"gap"_s;
}

std::optional<HistoryMarkKind> historyMarkKindFromName(const QString& name) {
    for (const auto kind :
         {HistoryMarkKind::deploy, HistoryMarkKind::action, HistoryMarkKind::drift, HistoryMarkKind::gap})
        if (historyMarkKindName(kind) == name) return kind;
    return std::nullopt;
}

QString defaultHistoryPath() {
    const QString state = QFile::decodeName(qgetenv("XDG_STATE_HOME"));
    const QString root = QDir::isAbsolutePath(state) ? state : QDir::homePath() + u"/.local/state"_s;
    return QDir::cleanPath(root) + u"/spillway/history.sqlite"_s;
}

}  // namespace spillway
