// "Incident report…": of what, of when, and as which file.
#pragma once

#include <QDateTime>
#include <QDialog>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

class QDateTimeEdit;
class QRadioButton;

namespace spillway {

class ChoiceBox;

struct ReportWish {
    QDateTime from;
    QDateTime to;
    QueueRef about;  // without a connection: all
    QString path;    // ends in .html or .md
};

class ReportDialog : public QDialog {
    Q_OBJECT
public:
    // `shown`: what the page in front is about; it is offered first.
    ReportDialog(const ConnectionViews& views, const QueueRef& shown, QWidget* parent = nullptr);

    [[nodiscard]] ReportWish wish() const;  // without a path
    [[nodiscard]] QString suggestedName() const;
    [[nodiscard]] ChoiceBox* about() const { return m_about; }
    [[nodiscard]] ChoiceBox* span() const { return m_span; }

signals:
    void saveWanted(const spillway::ReportWish& wish);  // where to was chosen

private:
    void chooseFile();
    void addSubjects(const ConnectionViews& views, const QueueRef& shown);
    void followSpan();

    ChoiceBox* m_about;
    ChoiceBox* m_span;
    QDateTimeEdit* m_from;
    QDateTimeEdit* m_to;
    QRadioButton* m_html;
    QRadioButton* m_markdown;
};

}  // namespace spillway
