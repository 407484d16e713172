#include "app/console/session_history.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/models/sparkline.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kMostPoints = 2000;  // for one line: every poll of an hour, or the minutes of a day
constexpr int kTrendPoints = 120;
constexpr double kTrend_s = Sparkline::kBuckets * Sparkline::kBucketSeconds;
constexpr std::chrono::seconds kRefreshEvery{30};
constexpr std::chrono::seconds kWordsEvery{10};
constexpr std::chrono::hours kMarksOf{24 * 40};

double seconds(ServerTime at) {
    return std::chrono::duration<double>(at.time_since_epoch()).count();
}

ServerTime now() {
    return SystemClock().wallNow();
}

ChartMarkKind chartKind(HistoryMarkKind kind) {
    switch (kind) {
        case HistoryMarkKind::deploy:
            return ChartMarkKind::deploy;
        case HistoryMarkKind::action:
            return ChartMarkKind::action;
        case HistoryMarkKind::drift:
            return ChartMarkKind::drift;
        case HistoryMarkKind::gap:
            break;
    }
    return ChartMarkKind::gap;
}

}  // namespace

QueuePast pastOf(const HistoryAnswer& answer, double from, double to) {
    QueuePast past{from, to, static_cast<double>(answer.width_ms) / 1000, {}};
    for (const HistoryLine& line : answer.lines) {
        auto& points = past.metrics[line.metric];
        for (const HistoryBucket& b : line.buckets)
            points.push_back({seconds(b.at), b.min, b.max, b.last, b.gap_before});
    }
    return past;
}

ChartMark chartMark(const HistoryMark& mark) {
    return {seconds(mark.at), chartKind(mark.kind), mark.connection, mark.queue, mark.text};
}

SessionHistory::SessionHistory(const HistorySettings& settings, QObject* parent)
    : QObject(parent), m_history(settings) {
    connect(&m_history, &HistoryThread::answered, this, &SessionHistory::onAnswered);
    connect(&m_history, &HistoryThread::questionFailed, this, &SessionHistory::onFailed);
    connect(&m_history, &HistoryThread::notice, this, &SessionHistory::onNotice);
    connect(&m_history, &HistoryThread::roleChanged, this, &SessionHistory::onRole);
    connect(&m_history, &HistoryThread::markAdded, this, [this](quint64 request) {
        if (m_placing.contains(request)) emit markPlaced(m_placing.take(request));
        refresh();
    });
    connect(&m_history, &HistoryThread::pastAnswered, this,
            [this](quint64, const QString& connection, const RecordedPast& past) {
                emit recordedRead(connection, past);
            });
    connect(&m_history, &HistoryThread::marksAnswered, this,
            [this](quint64, const std::vector<HistoryMark>& marks) { onMarks(marks); });
    connect(&m_history, &HistoryThread::extentAnswered, this, [this](quint64, const HistoryExtent& extent) {
        m_oldest = extent.oldest;
        if (m_oldest) emit reachRead(seconds(*m_oldest));
        tellState();
    });
    connect(&m_history, &HistoryThread::recordingAgain, this, [this] {
        m_notice.reset();
        askAgain();
        refresh();
    });
    connect(&m_history, &HistoryThread::findingRunsAnswered, this,
            [this](quint64, const std::vector<FindingRun>& runs) { emit findingRunsRead(runs); });
    connect(&m_history, &HistoryThread::acknowledgementsAnswered, this,
            [this](quint64, const Acknowledgements& said) {
                if (std::exchange(m_saidRead, true) && said == m_said) return;
                m_said = said;
                emit acknowledgementsRead(m_said);
            });
    connect(&m_history, &HistoryThread::momentAnswered, this,
            [this](quint64, const std::vector<ReadingPtr>& readings) {
                m_momentAsked = 0;
                emit momentRead(m_momentShown, readings);
                askNextMoment();
            });
    connect(&m_lookForWords, &QTimer::timeout, this, [this] { m_history.askAcknowledgements(); });
    m_lookForWords.start(kWordsEvery);
    connect(&m_refresh, &QTimer::timeout, this, &SessionHistory::refresh);
    m_refresh.start(kRefreshEvery);
    refresh();
}

SessionHistory::~SessionHistory() = default;

void SessionHistory::record(const ReadingPtr& reading) {
    m_history.record(reading);
    m_skews.insert(reading->connection, reading->clock_skew_s);
    const auto drifts = m_drift.update(*reading);
    if (m_role != HistoryRole::writer) return;  // whoever records marks them, too
    for (const HistoryMark& mark : drifts) m_history.addMark(mark);
}

void SessionHistory::askPast(const QueueRef& queue, double from, double to) {
    const HistoryQuery query{{queue.connection, queue.system, queue.queue},
                             {},
                             serverTimeFromSeconds(from),
                             serverTimeFromSeconds(to),
                             kMostPoints};
    m_asked.insert(m_history.ask(query), {queue, from, to});
}

void SessionHistory::askTrends(const std::vector<QueueRef>& queues, double at) {
    for (const QueueRef& queue : queues) m_trends.push_back({queue, at - kTrend_s, at, true});
    askNextTrend();
}

void SessionHistory::askNextTrend() {
    if (m_trendAsked != 0 || m_trends.empty()) return;
    const Question next = m_trends.front();
    m_trends.pop_front();
    m_trendAsked = m_history.ask({{next.queue.connection, next.queue.system, next.queue.queue},
                                  {u"ready"_s},
                                  serverTimeFromSeconds(next.from),
                                  serverTimeFromSeconds(next.to),
                                  kTrendPoints});
    m_asked.insert(m_trendAsked, next);
}

void SessionHistory::askRecorded(const QString& connection) {
    m_history.askPast(connection);
}

void SessionHistory::addMark(const QString& connection, const QString& queue, const QString& text) {
    mark(HistoryMarkKind::deploy, connection, queue, text);
}

void SessionHistory::placeDeploy(const QString& id, const QString& connection, const QString& queue,
                                 const QString& text) {
    m_placing.insert(mark(HistoryMarkKind::deploy, connection, queue, text), id);
}

void SessionHistory::addActionMark(const QString& connection, const QString& queue, const QString& text) {
    mark(HistoryMarkKind::action, connection, queue, text);
}

// Charts are drawn on the server's clock.
quint64 SessionHistory::mark(HistoryMarkKind kind, const QString& connection, const QString& queue,
                             const QString& text) {
    const auto skew = std::chrono::microseconds(std::llround(m_skews.value(connection) * 1e6));
    return m_history.addMark(
        {.at = now() + skew, .kind = kind, .connection = connection, .queue = queue, .text = text});
}

void SessionHistory::acknowledge(Acknowledgement said) {
    said.at = now();
    m_saying = m_history.acknowledge(said);
}

void SessionHistory::askMoment(double at) {
    m_momentWaiting = at;
    askNextMoment();
}

void SessionHistory::askNextMoment() {
    if (m_momentAsked != 0 || !m_momentWaiting) return;
    m_momentShown = *std::exchange(m_momentWaiting, std::nullopt);
    m_momentAsked = m_history.askMoment(serverTimeFromSeconds(m_momentShown));
}

void SessionHistory::askFindingRuns(double from, double to) {
    m_history.askFindingRuns({.from = serverTimeFromSeconds(from), .to = serverTimeFromSeconds(to)});
}

void SessionHistory::refresh() {
    m_history.askAcknowledgements();
    m_history.askMarks({now() - kMarksOf, now() + std::chrono::hours{1}, {}});
    m_history.askExtent();
}

void SessionHistory::compareDeploy(const Checklist& checklist, const QueueRef& queue) {
    const auto newest = newestDeploy(m_marks, checklist, queue.connection, queue.queue);
    if (!newest) return;
    const HistoryQueueKey key{queue.connection, queue.system, queue.queue};
    const ServerTime at = newest->at;
    Comparing comparing{checklist.id, deployName(checklist)};
    comparing.before = m_history.ask(spanQuery(key, at - kComparedSpan, at));
    comparing.after = m_history.ask(spanQuery(key, at, at + kComparedSpan));
    m_comparing.push_back(std::move(comparing));
}

bool SessionHistory::takeSpan(quint64 request, const HistoryAnswer& answer) {
    const auto it = std::find_if(m_comparing.begin(), m_comparing.end(), [&](const Comparing& one) {
        return one.before == request || one.after == request;
    });
    if (it == m_comparing.end()) return false;
    (it->before == request ? it->was : it->is) = queueSpan(answer);
    if (it->was && it->is) {
        const Comparing done = std::move(*it);
        m_comparing.erase(it);
        emit compared(done.id, deployComparison(*done.was, *done.is, done.name));
    }
    return true;
}

void SessionHistory::onAnswered(quint64 request, const HistoryAnswer& answer) {
    if (takeSpan(request, answer)) return;
    const auto it = m_asked.constFind(request);
    if (it == m_asked.cend()) return;
    const Question question = *it;
    m_asked.erase(it);
    const QueuePast past = pastOf(answer, question.from, question.to);
    if (!question.trend) {
        emit pastRead(question.queue, past);
        return;
    }
    m_trendAsked = 0;
    emit trendRead(question.queue, past);
    askNextTrend();
}

void SessionHistory::onFailed(quint64 request, const Failure& failure) {
    std::erase_if(m_comparing,
                  [&](const Comparing& one) { return one.before == request || one.after == request; });
    if (request == m_saying) emit acknowledgeFailed(u"Not acknowledged"_s, failure);
    if (m_momentAsked != 0 && request == m_momentAsked) {
        m_momentAsked = 0;
        emit momentFailed(failure);
        askNextMoment();
    }
    if (m_placing.contains(request)) emit markFailed(m_placing.take(request), failure.sentence());
    if (!m_asked.contains(request)) return;
    const Question question = m_asked.take(request);
    if (!question.trend) {
        m_unanswered.push_back(question);
        return;
    }
    m_trends.push_front(question);
    m_trendAsked = 0;
}

void SessionHistory::askAgain() {
    for (const Question& question : std::exchange(m_unanswered, {}))
        askPast(question.queue, question.from, question.to);
    askNextTrend();
}

void SessionHistory::onMarks(const std::vector<HistoryMark>& marks) {
    if (marks == m_marks) return;
    m_marks = marks;
    std::vector<ChartMark> shown;
    for (const HistoryMark& mark : marks) shown.push_back(chartMark(mark));
    emit marksRead(shown);
}

void SessionHistory::onNotice(const Failure& notice) {
    m_notice = notice;
    tellState();
}

void SessionHistory::onRole(HistoryRole role) {
    m_role = role;
    if (role == HistoryRole::writer && m_notice && m_notice->kind == FailureKind::permission)
        m_notice.reset();
    askAgain();
    refresh();
}

QString SessionHistory::text() const {
    if (!m_role) return m_notice ? u"history: not recorded"_s : QString();
    const double reach = m_oldest ? std::max(0.0, secondsBetween(*m_oldest, now())) : 0;
    const QString length = u"history %1"_s.arg(m_oldest ? durationText(reach) : u"begins now"_s);
    if (m_notice && m_notice->kind == FailureKind::unreachable) return length + u", its folder is gone"_s;
    if (*m_role == HistoryRole::second) return length + u", recorded by another instance"_s;
    if (*m_role == HistoryRole::newer_layout) return length + u", read only"_s;
    if (!m_notice) return length;
    return length +
           (m_notice->kind == FailureKind::overloaded ? u", not recorded now"_s : u", damage found"_s);
}

QString SessionHistory::hint() const {
    return m_notice ? m_notice->sentence() : u"How far back the charts can look."_s;
}

void SessionHistory::tellState() {
    emit stateChanged(text(), hint());
}

}  // namespace spillway
