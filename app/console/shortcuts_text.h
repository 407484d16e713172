// The list that F1 shows.
#pragma once

#include <QString>

namespace spillway {
[[nodiscard]] inline QString shortcutsText() {
    return QStringLiteral(
        "F5\tpoll all connections now\n"
        "Ctrl+1 … Ctrl+6\tOverview, Queue, Dead letters, Leases & workers, Activity, Checklist\n"
        "Ctrl+K\tgo to a queue\n"
        "Ctrl+F\tfilter the table\n"
        "Ctrl+C\tcopy rows as tab separated text\n"
        "Ctrl+N\tconnect\n"
        "Esc\tback, close\n"
        "F8\tdark, light, as the system\n"
        "F11\tfull screen\n"
        "Ctrl+Q\tquit");
}
}  // namespace spillway
