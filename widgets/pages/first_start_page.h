// The first thing a new person sees: three doors. Paste a URL, pick what was found on this machine, or
// open the demo. When a door does not open, it says why and what to do, right there.
#pragma once

#include <QWidget>
#include <vector>

#include "backends/domain/failure.h"
#include "widgets/models/connection_request.h"

class QComboBox;
class QDateTime;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace spillway {

class FailureCard;
class SafeLabel;

class FirstStartPage : public QWidget {
    Q_OBJECT
public:
    explicit FirstStartPage(QWidget* parent = nullptr);

    void setFound(const std::vector<FoundConnection>& found);
    // How an attempt goes. `what` is a display URL or a name, without any secret.
    void showTrying(const QString& what);
    void showFailure(const QString& what, const Failure& failure,
                     const QDateTime& retryAt);  // invalid: no retry
    void showDemoProgress(const QString& step);  // "Starting a private PostgreSQL…"
    void clearProgress();

signals:
    void connectRequested(const spillway::ConnectionRequest& request);
    void demoRequested();
    void detailsRequested(const spillway::ConnectionRequest& request);  // "More options…": the dialog
    void cancelRequested();

private:
    QWidget* buildUrlDoor();
    QWidget* buildFoundDoor();
    QWidget* buildDemoDoor();
    [[nodiscard]] ConnectionRequest typed() const;
    void requestTyped();

    std::vector<FoundConnection> m_found;
    QLineEdit* m_url;
    QComboBox* m_environment;
    QPushButton* m_connect;
    QListWidget* m_list;
    SafeLabel* m_noneFound;
    QPushButton* m_demo;
    FailureCard* m_progress;
};

}  // namespace spillway
