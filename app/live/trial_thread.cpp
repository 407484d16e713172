#include "app/live/trial_thread.h"

#include <QThread>

namespace spillway {

TrialThread::TrialThread(const ConnectionSettings& settings, std::unique_ptr<QueueBackend> backend,
                         QObject* parent)
    : QObject(parent), m_run(std::make_shared<TrialRun>(settings, std::move(backend))) {}

TrialThread::~TrialThread() {
    m_run->interrupt();
}

void TrialThread::start() {
    auto* thread = new QThread;
    thread->setObjectName(QStringLiteral("spillway-trial"));
    auto* worker = new TrialWorker(m_run);
    worker->moveToThread(thread);
    connect(thread, &QThread::started, worker, &TrialWorker::work);
    connect(worker, &TrialWorker::stageEnded, this, &TrialThread::stageEnded);
    connect(worker, &TrialWorker::ended, this, &TrialThread::ended);
    connect(worker, &TrialWorker::ended, thread, &QThread::quit);
    connect(thread, &QThread::finished, worker, &QObject::deleteLater);
    connect(thread, &QThread::finished, thread, &QObject::deleteLater);
    thread->start();
}

void TrialWorker::work() {
    const auto trial = m_run->run([this](const StageResult& stage) { emit stageEnded(stage); });
    emit ended(trial);
}

}  // namespace spillway
