#include "app/live/live_connection.h"

#include <QRandomGenerator>
#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

PollPacing pacingOf(PollPacing usual, const ConnectionSettings& settings) {
    if (settings.pollInterval.count() > 0) usual.interval = settings.pollInterval;
    usual.longest = std::max(usual.longest, usual.interval);
    return usual.on(settings.environment);
}

}  // namespace

LiveConnection::LiveConnection(const ConnectionSettings& settings, std::unique_ptr<QueueBackend> backend,
                               PollPacing pacing)
    : m_pacing(pacingOf(pacing, settings)), m_thread(new BackendThread(settings, std::move(backend))) {
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &LiveConnection::pollNow);
    connect(m_thread, &BackendThread::polled, this, &LiveConnection::onPolled);
    connect(m_thread, &BackendThread::failed, this, &LiveConnection::onFailed);
    connect(m_thread, &BackendThread::answered, this, &LiveConnection::onAnswered);
}

LiveConnection::~LiveConnection() {
    delete m_thread;
}

void LiveConnection::abandon() {
    m_timer.stop();
    m_thread->disconnect(this);
    std::exchange(m_thread, nullptr)->retire();
    const Failure closed{FailureKind::cancelled, u"The connection was closed."_s, {}, {}};
    const auto unanswered = std::exchange(m_tickets, {});
    for (const quint64 ticket : unanswered) emit answered(ticket, closed);
}

void LiveConnection::ask(quint64 ticket, const Inquiry& inquiry) {
    m_tickets.insert(m_thread->ask(inquiry), ticket);
}

void LiveConnection::onAnswered(quint64 request, const Answer& answer) {
    const auto it = m_tickets.constFind(request);
    if (it == m_tickets.cend()) return;
    const quint64 ticket = *it;
    m_tickets.erase(it);
    emit answered(ticket, answer);
}

void LiveConnection::pollOncePastIsKnown() {
    m_awaitsPast = true;
    m_timer.start(std::chrono::seconds{1});
}

void LiveConnection::remember(const RecordedPast& past) {
    m_thread->remember(past);
    if (m_awaitsPast) pollNow();
}

void LiveConnection::pollNow() {
    m_awaitsPast = false;
    if (m_busy) return;
    m_timer.stop();
    m_busy = true;
    m_thread->requestPoll();
}

void LiveConnection::onPolled(const ReadingPtr& reading) {
    m_busy = false;
    m_failures = 0;
    m_hadWorked = true;
    const double cost = reading->cost.server_ms.value.value_or(reading->cost.wall_ms);
    m_timer.start(m_pacing.afterSuccess(cost, QRandomGenerator::global()->generateDouble(), ++m_polls));
    emit polled(reading);
}

void LiveConnection::onFailed(const Failure& failure) {
    m_busy = false;
    ++m_failures;
    milliseconds retryIn{-1};
    const double jitter = QRandomGenerator::global()->generateDouble();
    if (failure.retryable())
        retryIn = m_pacing.afterFailure(m_failures, m_hadWorked, jitter);
    else if (failure.refused() && m_pacing.refused.count() > 0)
        retryIn = m_pacing.refused;
    if (retryIn.count() >= 0) m_timer.start(retryIn);
    emit failed(failure, retryIn);
}

}  // namespace spillway
