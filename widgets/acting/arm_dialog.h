// "Arm": why somebody wants to change jobs on this connection, before a second session is opened for it.
#pragma once

#include <QDialog>

#include "widgets/models/connection_view.h"

class QLineEdit;
class QPushButton;

namespace spillway {

class FailureCard;

class ArmDialog : public QDialog {
    Q_OBJECT
public:
    // `what`: what it is wanted for, "to replay emails"; may be empty. `again`: it is armed already.
    ArmDialog(const ConnectionView& connection, const QString& what, bool again, QWidget* parent = nullptr);

    void showFailed(const Failure& failure);
    [[nodiscard]] const QString& connection() const { return m_connection; }
    [[nodiscard]] QLineEdit* reasonField() const { return m_reason; }
    [[nodiscard]] QPushButton* armButton() const { return m_arm; }

signals:
    void armWanted(const QString& connection, const QString& reason);  // it stays open until it is armed

private:
    void arm();
    void fitHeight();

    QString m_connection;
    QLineEdit* m_reason;
    FailureCard* m_result;
    QPushButton* m_arm;
};

}  // namespace spillway
