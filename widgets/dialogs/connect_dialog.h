// Asks for one connection. The password has its own field and never enters the URL. Does not connect
// itself: it emits what was asked for, and the caller reports how it went.
#pragma once

#include <QDialog>
#include <optional>

#include "backends/domain/failure.h"
#include "widgets/models/connection_request.h"

class QCheckBox;
class QComboBox;
class QGridLayout;
class QHBoxLayout;
class QLineEdit;
class QPushButton;

namespace spillway {

class FailureCard;
class SafeLabel;
class StageList;
struct StageResult;

class ConnectDialog : public QDialog {
    Q_OBJECT
public:
    explicit ConnectDialog(QWidget* parent = nullptr);

    void setRequest(const ConnectionRequest& request);
    [[nodiscard]] ConnectionRequest request() const;

    void showTesting();
    void showStage(const StageResult& stage);      // one after another, while it is tried
    void showTestPassed(const QString& sentence);  // "PostgreSQL 15.18 · pg-boss, 3 queues"
    // A refused password is asked for again. Whatever the server did, the connection may be kept.
    void showTestFailed(const Failure& failure);
    [[nodiscard]] std::optional<FailureKind> lastFailure() const { return m_failed; }

signals:
    void testRequested(const spillway::ConnectionRequest& request);
    void connectRequested(const spillway::ConnectionRequest& request);  // stays open: accept() it
    void saveRequested(const spillway::ConnectionRequest& request);     // though it did not connect; likewise

private:
    QGridLayout* buildForm();
    QWidget* buildMapping();
    void fitHeight();
    QHBoxLayout* buildButtons();
    void updateButtons();

    QStringList m_mappings;
    QLineEdit* m_url;
    QLineEdit* m_name;
    QComboBox* m_environment;
    QLineEdit* m_password;
    QLineEdit* m_mapping;
    QCheckBox* m_save;
    SafeLabel* m_nameProblem;
    StageList* m_stages;
    FailureCard* m_result;
    std::optional<FailureKind> m_failed;  // of the last try
    QPushButton* m_test;
    QPushButton* m_saveAnyway;
    QPushButton* m_connect;
};

}  // namespace spillway
