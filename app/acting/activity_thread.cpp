#include "app/acting/activity_thread.h"

namespace spillway {
using namespace Qt::StringLiterals;

ActivityThread::ActivityThread(const QString& journalFile, Actor actor, QObject* parent)
    : QObject(parent), m_actor(std::move(actor)), m_worker(new ActivityWorker(journalFile)) {
    m_thread.setObjectName(u"spillway-activity"_s);
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    connect(m_worker, &ActivityWorker::activityRead, this, &ActivityThread::activityRead);
    connect(m_worker, &ActivityWorker::abandonFailed, this, &ActivityThread::abandonFailed);
    m_thread.start();
}

ActivityThread::~ActivityThread() {
    m_thread.quit();
    m_thread.wait();
}

void ActivityThread::read() {
    QMetaObject::invokeMethod(m_worker, &ActivityWorker::read, Qt::QueuedConnection);
}

void ActivityThread::abandon(const QString& action) {
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, action, actor = m_actor] { worker->abandon(action, actor); },
        Qt::QueuedConnection);
}

}  // namespace spillway
