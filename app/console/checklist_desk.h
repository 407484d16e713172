// The window's hand on the checklists of this machine: every read and write is done by one thread of its own,
// one after the other. GUI thread.
#pragma once

#include <QObject>
#include <QThreadPool>
#include <functional>

#include "backends/checklist/checklist_store.h"
#include "widgets/checklist/checklist_page.h"

namespace spillway {

class ChecklistDesk : public QObject {
    Q_OBJECT
public:
    explicit ChecklistDesk(const QString& folder, QObject* parent = nullptr);
    ~ChecklistDesk() override;  // waits for what was asked

    void serve(ChecklistPage* page);  // and reads the list

public slots:
    void refresh();
    void create(const spillway::Checklist& checklist);
    void edit(const spillway::ChecklistEdit& edit);
    void attachFile(const QString& id, spillway::ChecklistQuestion question, const QString& path);
    void attachMeasured(const spillway::PageEvidence& measured);
    void sign(const QString& id, const QString& reviewer, const QString& acceptRisk);
    void exportTo(const QString& id, const QString& path);

signals:
    void listed(const std::vector<spillway::Checklist>& checklists, const QStringList& unreadable);
    void failed(const QString& sentence);

private:
    // In the thread: does it, then tells the new list, or what went wrong.
    void later(std::function<Outcome<Done>(ChecklistStore&)> work);

    ChecklistStore m_store;
    QThreadPool m_thread;
};

}  // namespace spillway
