#include "app/console/session_histories.h"

#include <QFileInfo>

namespace spillway {

SessionHistories::SessionHistories(const HistorySettings& settings, QObject* parent)
    : QObject(parent), m_path(settings.path.isEmpty() ? defaultHistoryPath() : settings.path),
      m_own(std::make_unique<SessionHistory>(settings)) {
    listen(m_own.get());
    connect(m_own.get(), &SessionHistory::marksRead, this, [this](const std::vector<ChartMark>& marks) {
        m_marks = marks;
        tellMarks();
    });
}

SessionHistories::~SessionHistories() = default;

void SessionHistories::listen(SessionHistory* history) {
    connect(history, &SessionHistory::pastRead, this, &SessionHistories::pastRead);
    connect(history, &SessionHistory::trendRead, this, &SessionHistories::trendRead);
    connect(history, &SessionHistory::recordedRead, this, &SessionHistories::recordedRead);
    connect(history, &SessionHistory::compared, this, &SessionHistories::compared);
    connect(history, &SessionHistory::markPlaced, this, &SessionHistories::markPlaced);
    connect(history, &SessionHistory::markFailed, this, &SessionHistories::markFailed);
    connect(history, &SessionHistory::stateChanged, this, [this] { emit stateChanged(text(), hint()); });
}

void SessionHistories::keepApart(const QStringList& connections, const HistorySettings& settings) {
    const bool known = m_apart && m_pathApart == settings.path;
    m_namesApart = {connections.cbegin(), connections.cend()};
    if (known || QFileInfo(settings.path) == QFileInfo(m_path)) return;
    m_marksApart.clear();
    m_pathApart = settings.path;
    m_apart = std::make_unique<SessionHistory>(settings);
    listen(m_apart.get());
    connect(m_apart.get(), &SessionHistory::marksRead, this, [this](const std::vector<ChartMark>& marks) {
        m_marksApart = marks;
        tellMarks();
    });
}

SessionHistory& SessionHistories::of(const QString& connection) const {
    return m_apart && m_namesApart.contains(connection) ? *m_apart : *m_own;
}

const SessionHistory& SessionHistories::told() const {
    return m_apart && !m_ownInUse ? *m_apart : *m_own;
}

void SessionHistories::record(const ReadingPtr& reading) {
    SessionHistory& history = of(reading->connection);
    if (&history == m_own.get() && !std::exchange(m_ownInUse, true)) emit stateChanged(text(), hint());
    history.record(reading);
}

void SessionHistories::askPast(const QueueRef& queue, double from, double to) {
    of(queue.connection).askPast(queue, from, to);
}

void SessionHistories::askTrends(const std::vector<QueueRef>& queues, double at) {
    std::vector<QueueRef> own, apart;
    for (const QueueRef& queue : queues)
        (&of(queue.connection) == m_own.get() ? own : apart).push_back(queue);
    m_own->askTrends(own, at);
    if (!apart.empty()) m_apart->askTrends(apart, at);
}

void SessionHistories::askRecorded(const QString& connection) {
    of(connection).askRecorded(connection);
}

void SessionHistories::addMark(const QString& connection, const QString& queue, const QString& text) {
    of(connection).addMark(connection, queue, text);
}

void SessionHistories::placeDeploy(const QString& id, const QString& connection, const QString& queue,
                                   const QString& text) {
    of(connection).placeDeploy(id, connection, queue, text);
}

void SessionHistories::compareDeploy(const Checklist& checklist, const QueueRef& queue) {
    of(queue.connection).compareDeploy(checklist, queue);
}

void SessionHistories::addActionMark(const QString& connection, const QString& queue, const QString& text) {
    of(connection).addActionMark(connection, queue, text);
}

void SessionHistories::refresh() {
    m_own->refresh();
    if (m_apart) m_apart->refresh();
}

// A mark is told of the connections whose file it is in. One for "every connection" of the other file means
// those of that file.
void SessionHistories::tellMarks() {
    const auto namedApart = [this](const ChartMark& mark) { return m_namesApart.contains(mark.connection); };
    std::vector<ChartMark> shown;
    for (const ChartMark& mark : m_marks)
        if (!m_apart || !namedApart(mark)) shown.push_back(mark);
    for (const ChartMark& mark : m_marksApart)
        if (namedApart(mark)) {
            shown.push_back(mark);
        } else if (mark.connection.isEmpty()) {
            for (const QString& name : m_namesApart) {
                shown.push_back(mark);
                shown.back().connection = name;
            }
        }
    std::stable_sort(shown.begin(), shown.end(),
                     [](const ChartMark& a, const ChartMark& b) { return a.at < b.at; });
    emit marksRead(shown);
}

}  // namespace spillway
