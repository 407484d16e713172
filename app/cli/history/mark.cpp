#include "app/cli/history/mark.h"

#include <QFileInfo>
#include <cmath>

#include "backends/history/history_store.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

// Server minus this machine, as last recorded; 0 where nothing is known or the clocks agree.
std::chrono::milliseconds skewOf(HistoryStore& store, const QString& connection, ServerTime at) {
    if (connection.isEmpty()) return 0ms;
    const auto answer = store.answer({{connection, {}, {}}, {u"clock_skew_s"_s}, at - 24h, at + 24h, 100});
    if (!answer || answer->lines.empty() || answer->lines.front().buckets.empty()) return 0ms;
    const double skew_s = answer->lines.front().buckets.back().last;
    return std::abs(skew_s) < 1 ? 0ms : std::chrono::milliseconds(std::llround(skew_s * 1000));
}

}  // namespace

// As a second instance where there is a file: a recorder that starts now shall find it free.
Outcome<HistoryMark> writeMark(const QString& path, const HistoryMark& mark) {
    const SystemClock clock;
    auto store = HistoryStore::open({.path = path, .only_read = QFileInfo(path).isFile()}, clock);
    if (!store) return store.failure();
    HistoryMark placed = mark;
    placed.at += skewOf(*store.value(), mark.connection, mark.at);
    return store.value()->addMark(placed);
}

}  // namespace spillway
