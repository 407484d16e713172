// A thread with one ActivityWorker in it. Lives in the GUI thread; its signals arrive there.
#pragma once

#include <QThread>

#include "app/acting/activity_worker.h"

namespace spillway {

class ActivityThread : public QObject {
    Q_OBJECT
public:
    explicit ActivityThread(const QString& journalFile, Actor actor, QObject* parent = nullptr);
    ~ActivityThread() override;

public slots:
    void read();  // answered with activityRead()
    void abandon(const QString& action);

signals:
    void activityRead(const spillway::ActivityView& activity);
    void abandonFailed(const spillway::Failure& failure);

private:
    QThread m_thread;
    Actor m_actor;
    ActivityWorker* m_worker;  // lives in m_thread, deleted there when it finishes
};

}  // namespace spillway
