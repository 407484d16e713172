// Series of the history as CSV or JSON. Pure but for reading the store.
#pragma once

#include <QJsonObject>
#include <QStringList>

#include "backends/history/history_store.h"

namespace spillway {

// Empty ones do not restrict.
struct SeriesChoice {
    QString connection;
    QString system;  // SystemIdentity::key()
    QString queue;
    QStringList metrics;
};
// The metrics of each queue chosen, in the order of the store.
struct ChosenSeries {
    HistoryQueueKey queue;
    QStringList metrics;
};
[[nodiscard]] std::vector<ChosenSeries> chosenSeries(const std::vector<HistorySeries>& all,
                                                     const SeriesChoice& choice);

struct ExportedQueue {
    HistoryQueueKey queue;
    HistoryAnswer answer;
};
// One line for each bucket under a line of headings. Names with control characters are escaped visibly.
[[nodiscard]] QString csvHead();
[[nodiscard]] QString csvText(const ExportedQueue& queue);
[[nodiscard]] QJsonObject exportJson(const std::vector<ExportedQueue>& queues, ServerTime from,
                                     ServerTime to);

[[nodiscard]] QJsonObject markJson(const HistoryMark& mark);

}  // namespace spillway
