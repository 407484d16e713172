#include "backends/polling/backend_thread.h"

namespace spillway {
using namespace Qt::StringLiterals;

BackendThread::BackendThread(const ConnectionSettings& settings, HealthSettings health, QObject* parent)
    : BackendThread(settings, createBackend(settings), health, parent) {}

BackendThread::BackendThread(const ConnectionSettings& settings, std::unique_ptr<QueueBackend> backend,
                             HealthSettings health, QObject* parent)
    : QObject(parent), m_poller(new Poller(settings, std::move(backend), health)) {
    m_thread.setObjectName(u"spillway-poll"_s);
    m_poller->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_poller, &QObject::deleteLater);
    connect(m_poller, &Poller::answered, this, &BackendThread::answered);
    connect(m_poller, &Poller::polled, this, &BackendThread::polled);
    connect(m_poller, &Poller::failed, this, &BackendThread::failed);
    m_thread.start();
}

BackendThread::~BackendThread() {
    if (m_thread.isRunning()) m_poller->interrupt();
    m_thread.quit();
    m_thread.wait();
}

void BackendThread::retire() {
    m_poller->disconnect(this);
    m_poller->interrupt();
    setParent(nullptr);
    connect(&m_thread, &QThread::finished, this, &QObject::deleteLater);
    m_thread.quit();
}

quint64 BackendThread::ask(const Inquiry& inquiry) {
    const quint64 request = ++m_lastRequest;
    QMetaObject::invokeMethod(
        m_poller, [poller = m_poller, request, inquiry] { poller->ask(request, inquiry); },
        Qt::QueuedConnection);
    return request;
}

void BackendThread::remember(const RecordedPast& past) {
    QMetaObject::invokeMethod(
        m_poller, [poller = m_poller, past] { poller->remember(past); }, Qt::QueuedConnection);
}

void BackendThread::watchOwnActions(const QString& journalFile) {
    QMetaObject::invokeMethod(
        m_poller, [poller = m_poller, journalFile] { poller->watchOwnActions(journalFile); },
        Qt::QueuedConnection);
}

void BackendThread::requestPoll() {
    QMetaObject::invokeMethod(m_poller, &Poller::poll, Qt::QueuedConnection);
}

}  // namespace spillway
