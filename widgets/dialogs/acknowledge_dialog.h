// "Acknowledge…": that somebody is on a finding, until when, and a word for the next one who looks.
#pragma once

#include <QDialog>

#include "backends/domain/finding.h"

class QDateTimeEdit;
class QLineEdit;
class QRadioButton;

namespace spillway {

class ChoiceBox;

class AcknowledgeDialog : public QDialog {
    Q_OBJECT
public:
    explicit AcknowledgeDialog(const Finding& finding, QWidget* parent = nullptr);

    // All but by whom and when.
    [[nodiscard]] Acknowledgement acknowledgement() const;
    [[nodiscard]] QLineEdit* note() const { return m_note; }
    [[nodiscard]] ChoiceBox* end() const { return m_end; }
    [[nodiscard]] QRadioButton* wholeQueue() const { return m_queue; }

private:
    void addEnds();
    [[nodiscard]] std::optional<QDateTime> until() const;

    Finding m_finding;
    QRadioButton* m_one;
    QRadioButton* m_queue;
    ChoiceBox* m_end;
    QDateTimeEdit* m_other;
    QLineEdit* m_note;
};

}  // namespace spillway
