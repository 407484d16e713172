#include "app/console/live_connection.h"

#include <QRandomGenerator>

namespace spillway {
using std::chrono::milliseconds;

LiveConnection::LiveConnection(const ConnectionSettings& settings, std::unique_ptr<QueueBackend> backend,
                               PollPacing pacing)
    : m_pacing(pacing), m_thread(new BackendThread(settings, std::move(backend))) {
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &LiveConnection::pollNow);
    connect(m_thread, &BackendThread::polled, this, &LiveConnection::onPolled);
    connect(m_thread, &BackendThread::failed, this, &LiveConnection::onFailed);
}

LiveConnection::~LiveConnection() {
    delete m_thread;
}

void LiveConnection::abandon() {
    m_timer.stop();
    m_thread->disconnect(this);
    std::exchange(m_thread, nullptr)->retire();
}

void LiveConnection::pollNow() {
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
    m_timer.start(m_pacing.afterSuccess(cost, QRandomGenerator::global()->generateDouble()));
    emit polled(reading);
}

void LiveConnection::onFailed(const Failure& failure) {
    m_busy = false;
    ++m_failures;
    milliseconds retryIn{-1};
    if (failure.retryable()) {
        retryIn =
            m_pacing.afterFailure(m_failures, m_hadWorked, QRandomGenerator::global()->generateDouble());
        m_timer.start(retryIn);
    }
    emit failed(failure, retryIn);
}

}  // namespace spillway
