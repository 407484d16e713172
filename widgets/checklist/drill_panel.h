// A claim drill beside the question: where, which claim, how far; then its live progress, and the result.
#pragma once

#include <QWidget>

#include "backends/drill/claim_drill.h"
#include "widgets/models/connection_view.h"

class QComboBox;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace spillway {

class SafeLabel;

struct DrillRequest {
    QString connection;        // ConnectionView::name
    ClaimDrillSettings drill;  // ClaimStyle::own: `scriptFile` is still to be read
};

class DrillPanel : public QWidget {
    Q_OBJECT
public:
    explicit DrillPanel(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);  // those in production are no choice
    void showProgress(const ClaimDrillProgress& progress);
    void showResult(const ClaimDrillResult& result);
    void showFailure(const QString& sentence);
    void forget();  // the result, not a drill under way
    [[nodiscard]] const std::optional<ClaimDrillResult>& result() const { return m_result; }
    [[nodiscard]] QString connection() const { return m_connection; }  // of the last drill

signals:
    void started(const spillway::DrillRequest& request);
    void stopRequested();
    void attachRequested();

private:
    QWidget* buildChoices();
    void wire();
    void start();
    void chooseClaim(int index);
    void setRunning(bool running);
    [[nodiscard]] ClaimDrillSettings settings() const;

    QComboBox* m_where;
    QComboBox* m_claim;
    QComboBox* m_until;
    QSpinBox* m_workers;
    QPushButton* m_run;
    QPushButton* m_stop;
    QPushButton* m_attach;
    QProgressBar* m_bar;
    SafeLabel* m_text;
    QString m_file;        // of an own claim
    QString m_connection;  // where the last drill ran
    bool m_running = false;
    std::optional<ClaimDrillResult> m_result;
};

}  // namespace spillway
