#include "app/acting/acting_thread.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// For the batch under way; its statement ends by its own limits.
constexpr unsigned long kPatience_ms = 12'000;

}  // namespace

ActingThread::ActingThread(std::unique_ptr<ActingBackend> backend, const QString& journalFile,
                           const std::shared_ptr<const LiveReading>& live, QObject* parent)
    : QObject(parent), m_worker(new ActingWorker(std::move(backend), journalFile, live)) {
    m_thread.setObjectName(u"spillway-act"_s);
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    connect(m_worker, &ActingWorker::opened, this, &ActingThread::opened);
    connect(m_worker, &ActingWorker::openFailed, this, &ActingThread::openFailed);
    connect(m_worker, &ActingWorker::planMade, this, &ActingThread::planMade);
    connect(m_worker, &ActingWorker::planFailed, this, &ActingThread::planFailed);
    connect(m_worker, &ActingWorker::progressed, this, &ActingThread::progressed);
    connect(m_worker, &ActingWorker::ended, this, &ActingThread::ended);
    connect(m_worker, &ActingWorker::runFailed, this, &ActingThread::runFailed);
    m_thread.start();
}

ActingThread::~ActingThread() {
    if (m_thread.isRunning()) stop();
    if (m_thread.wait(kPatience_ms)) return;
    m_worker->interrupt();
    m_thread.wait();
}

void ActingThread::retire() {
    m_worker->disconnect(this);
    setParent(nullptr);
    connect(&m_thread, &QThread::finished, this, &QObject::deleteLater);
    stop();
}

// An action ends by itself with its batch; anything else only reads and may be cut off.
void ActingThread::stop() {
    if (m_control)
        m_control->cancel();
    else
        m_worker->interrupt();
    m_thread.quit();
}

template <typename Task>
void ActingThread::post(Task task) {
    QMetaObject::invokeMethod(m_worker, std::move(task), Qt::QueuedConnection);
}

void ActingThread::open() {
    post([worker = m_worker] { worker->open(); });
}

void ActingThread::plan(quint64 ticket, const ActionRequest& request) {
    post([worker = m_worker, ticket, request] { worker->plan(ticket, request); });
}

void ActingThread::apply(const QString& plan, const RunOptions& options) {
    m_control = std::make_shared<ActionControl>();
    post([worker = m_worker, plan, options, control = m_control] { worker->apply(plan, options, control); });
}

void ActingThread::resume(const QString& action, const RunOptions& options) {
    m_control = std::make_shared<ActionControl>();
    post([worker = m_worker, action, options, control = m_control] {
        worker->resume(action, options, control);
    });
}

}  // namespace spillway
