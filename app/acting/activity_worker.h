// Reads the journal of actions for the window. Lives in a thread of its own, where it blocks.
#pragma once

#include <QObject>
#include <memory>

#include "backends/acting/action_report.h"
#include "widgets/models/acting_view.h"

namespace spillway {

class ActionJournal;

class ActivityWorker : public QObject {
    Q_OBJECT
public:
    explicit ActivityWorker(QString journalFile);
    ~ActivityWorker() override;

    void read();  // answered with activityRead(); a journal that is not there is not made
    // Closes an interrupted action with what is known; the server is not asked. Then reads.
    void abandon(const QString& action, const Actor& actor);

signals:
    void activityRead(const spillway::ActivityView& activity);
    void abandonFailed(const spillway::Failure& failure);

private:
    [[nodiscard]] std::optional<Failure> open();
    [[nodiscard]] std::optional<Failure> fill(ActivityView& activity);
    void complete(ActivityRow& row, const QString& plan);

    QString m_file;
    std::unique_ptr<ActionJournal> m_journal;
};

}  // namespace spillway
