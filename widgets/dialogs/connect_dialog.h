// Asks for one connection. The password has its own field and never enters the URL. Does not connect
// itself: it emits what was asked for, and the caller reports how it went.
#pragma once

#include <QDialog>

#include "widgets/models/connection_request.h"

class QCheckBox;
class QComboBox;
class QGridLayout;
class QHBoxLayout;
class QLineEdit;
class QPushButton;

namespace spillway {

class SafeLabel;
class TrialPane;

class ConnectDialog : public QDialog {
    Q_OBJECT
public:
    explicit ConnectDialog(QWidget* parent = nullptr);

    void setRequest(const ConnectionRequest& request);
    [[nodiscard]] ConnectionRequest request() const;

    // Where it is shown how it is tried. A refused password is asked for again; whatever the server did, the
    // connection may be kept.
    [[nodiscard]] TrialPane* trial() const { return m_trial; }

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
    void followTrial();

    QStringList m_mappings;
    QLineEdit* m_url;
    QLineEdit* m_name;
    QComboBox* m_environment;
    QLineEdit* m_password;
    QLineEdit* m_mapping;
    QCheckBox* m_save;
    SafeLabel* m_nameProblem;
    TrialPane* m_trial;
    QPushButton* m_test;
    QPushButton* m_saveAnyway;
    QPushButton* m_connect;
};

}  // namespace spillway
