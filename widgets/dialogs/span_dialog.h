// "Show from … until …": any stretch of time for the charts. Times are typed in the zone in which times are
// shown, which is named; they stand for the server's clock.
#pragma once

#include <QDialog>

class QDateTimeEdit;
class QPushButton;

namespace spillway {

class SafeLabel;

class SpanDialog : public QDialog {
    Q_OBJECT
public:
    // Seconds since 1970; `now` by the server's clock: nothing later can be chosen.
    SpanDialog(double from, double to, double now, QWidget* parent = nullptr);

    [[nodiscard]] double from() const;
    [[nodiscard]] double to() const;
    [[nodiscard]] QDateTimeEdit* fromField() const { return m_from; }
    [[nodiscard]] QDateTimeEdit* toField() const { return m_to; }
    [[nodiscard]] QPushButton* showButton() const { return m_show; }

private:
    void judge();

    QDateTimeEdit* m_from;
    QDateTimeEdit* m_to;
    SafeLabel* m_wrong;
    QPushButton* m_show;
};

}  // namespace spillway
