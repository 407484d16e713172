// The first step of a checklist: which change, which job, where it will run.
#pragma once

#include <QWidget>

#include "backends/checklist/checklist.h"
#include "widgets/models/connection_view.h"

class QComboBox;
class QLineEdit;

namespace spillway {

class SafeLabel;

class ChangeForm : public QWidget {
    Q_OBJECT
public:
    explicit ChangeForm(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);
    void clear();
    // A checklist that has what is filled in, without an id. Failure kind usage, with what is missing.
    [[nodiscard]] Outcome<Checklist> checklist() const;

signals:
    void finished();  // Return in a field

private:
    void fillStaging();

    QLineEdit* m_title;
    QLineEdit* m_job;
    QComboBox* m_queue;
    QComboBox* m_staging;
    QLineEdit* m_commit;
    QLineEdit* m_author;
    ConnectionViews m_views;
};

// "@prod" for a connection that has a name, its URL without secrets for one that has none.
[[nodiscard]] QString checklistConnection(const ConnectionView& view);

}  // namespace spillway
