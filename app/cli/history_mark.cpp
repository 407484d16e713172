#include "app/cli/history_mark.h"

#include <QFileInfo>

#include "backends/history/history_store.h"

namespace spillway {

// As a second instance where there is a file: a recorder that starts now shall find it free.
Outcome<HistoryMark> writeMark(const QString& path, const HistoryMark& mark) {
    const SystemClock clock;
    auto store = HistoryStore::open({.path = path, .only_read = QFileInfo(path).isFile()}, clock);
    if (!store) return store.failure();
    return store.value()->addMark(mark);
}

}  // namespace spillway
