#include "app/console/session_histories.h"

#include <QFileInfo>
#include <algorithm>

namespace spillway {

SessionHistories::SessionHistories(const HistorySettings& settings, QObject* parent)
    : QObject(parent), m_path(settings.path.isEmpty() ? defaultHistoryPath() : settings.path),
      m_own(std::make_unique<SessionHistory>(settings)) {
    listen(m_own.get());
    connect(m_own.get(), &SessionHistory::marksRead, this, [this](const std::vector<ChartMark>& marks) {
        m_marks = marks;
        tellMarks();
    });
    gather(m_own.get(), false);
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
    m_saidApart.clear();
    m_runsApart.clear();
    m_momentApart.clear();
    listen(m_apart.get());
    gather(m_apart.get(), true);
    connect(m_apart.get(), &SessionHistory::marksRead, this, [this](const std::vector<ChartMark>& marks) {
        m_marksApart = marks;
        tellMarks();
    });
}

SessionHistory& SessionHistories::of(const QString& connection) const {
    return m_apart && m_namesApart.contains(connection) ? *m_apart : *m_own;
}

QString SessionHistories::pathOf(const QString& connection) const {
    const SessionHistory& history = connection.isEmpty() ? told() : of(connection);
    return &history == m_own.get() ? m_path : m_pathApart;
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

// Each answer is told with what the other file answered last.
void SessionHistories::gather(SessionHistory* history, bool apart) {
    connect(history, &SessionHistory::momentFailed, this, &SessionHistories::momentFailed);
    connect(history, &SessionHistory::acknowledgeFailed, this, &SessionHistories::acknowledgeFailed);
    connect(history, &SessionHistory::momentRead, this,
            [this, apart](double at, const std::vector<ReadingPtr>& readings) {
                (apart ? m_momentApart : m_moment) = readings;
                std::vector<ReadingPtr> all;
                const auto isOfThen = [then = serverTimeFromSeconds(at)](const ReadingPtr& reading) {
                    return reading->observed_at == then;  // the other file may still be at the moment before
                };
                for (const ReadingPtr& reading : m_moment)
                    if (&of(reading->connection) == m_own.get() && isOfThen(reading)) all.push_back(reading);
                for (const ReadingPtr& reading : m_momentApart)
                    if (m_namesApart.contains(reading->connection) && isOfThen(reading))
                        all.push_back(reading);
                emit momentRead(at, all);
            });
    connect(history, &SessionHistory::findingRunsRead, this,
            [this, apart](const std::vector<FindingRun>& runs) {
                (apart ? m_runsApart : m_runs) = runs;
                auto all = both(m_runs, m_runsApart);
                std::stable_sort(all.begin(), all.end(), [](const FindingRun& a, const FindingRun& b) {
                    return a.span.since < b.span.since;
                });
                emit findingRunsRead(all);
            });
    connect(history, &SessionHistory::acknowledgementsRead, this,
            [this, apart](const Acknowledgements& said) {
                (apart ? m_saidApart : m_said) = said;
                emit acknowledgementsRead(both(m_said, m_saidApart));
            });
    connect(history, &SessionHistory::reachRead, this, [this, apart](double oldest) {
        (apart ? m_oldestApart : m_oldest) = oldest;
        emit reachRead(m_oldest > 0 && m_oldestApart > 0 ? std::min(m_oldest, m_oldestApart)
                                                         : std::max(m_oldest, m_oldestApart));
    });
}

template <typename T>
std::vector<T> SessionHistories::both(const std::vector<T>& own, const std::vector<T>& apart) const {
    std::vector<T> all;
    for (const T& one : own)
        if (&of(one.connection) == m_own.get()) all.push_back(one);
    for (const T& one : apart)
        if (m_namesApart.contains(one.connection)) all.push_back(one);
    return all;
}

void SessionHistories::acknowledge(const Acknowledgement& said) {
    of(said.connection).acknowledge(said);
}

void SessionHistories::askMoment(double at) {
    m_own->askMoment(at);
    if (m_apart) m_apart->askMoment(at);
}

void SessionHistories::askFindingRuns(double from, double to) {
    m_own->askFindingRuns(from, to);
    if (m_apart) m_apart->askFindingRuns(from, to);
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
