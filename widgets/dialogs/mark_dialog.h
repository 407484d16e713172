// "Add marker…": what happened just now, in a few words, for the charts.
#pragma once

#include <QDialog>

#include "widgets/models/queue_ref.h"

class QLineEdit;
class QPushButton;
class QRadioButton;

namespace spillway {

class MarkDialog : public QDialog {
    Q_OBJECT
public:
    static constexpr int kLongestText = 120;

    // `about`: its queue is offered beside the whole connection, if it names one.
    explicit MarkDialog(const QueueRef& about, QWidget* parent = nullptr);

    [[nodiscard]] QString text() const;   // one line, trimmed, never empty once accepted
    [[nodiscard]] QString queue() const;  // empty: the whole connection
    [[nodiscard]] QLineEdit* field() const { return m_text; }

private:
    QueueRef m_about;
    QLineEdit* m_text;
    QRadioButton* m_onlyQueue;
    QPushButton* m_add;
};

}  // namespace spillway
