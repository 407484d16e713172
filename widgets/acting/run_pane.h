// An action while it runs and after it has ended: what it does, how far it is, the canary, who was skipped
// and why, the queue before and now, and the hands on it: rate, pause, cancel.
#pragma once

#include <QWidget>

#include "widgets/models/acting_view.h"
#include "widgets/models/connection_view.h"

class QGridLayout;
class QLabel;
class QPushButton;
class QSlider;

namespace spillway {

class ActionBar;
class SafeLabel;

class RunPane : public QWidget {
    Q_OBJECT
public:
    explicit RunPane(QWidget* parent = nullptr);

    void setAction(const ActionView& action);
    void setConnections(const ConnectionViews& views);  // for the backlog of now
    [[nodiscard]] QPushButton* pauseButton() const { return m_pause; }
    [[nodiscard]] QPushButton* cancelButton() const { return m_cancel; }
    [[nodiscard]] QSlider* rateSlider() const { return m_rate; }

    // Steps of the slider are even in the logarithm. Pure.
    static constexpr int kSteps = 100;
    [[nodiscard]] static double rateAt(int step);
    [[nodiscard]] static int stepOf(double rate);

signals:
    void pauseWanted();
    void goOnWanted();
    void rateWanted(double jobsPerSecond);
    void cancelWanted();
    void activityWanted();
    void dismissed();

protected:
    void changeEvent(QEvent* event) override;

private:
    QWidget* buildRate();
    QWidget* buildButtons();
    void refresh();
    void refreshFigures();
    void refreshBacklog();

    ActionView m_action;
    ConnectionViews m_views;
    std::optional<qint64> m_readyBefore;  // in the last poll before it began
    QLabel* m_sign;
    SafeLabel* m_title;
    SafeLabel* m_why;
    ActionBar* m_bar;
    SafeLabel* m_canary;
    QGridLayout* m_figures;
    std::vector<std::pair<SafeLabel*, SafeLabel*>> m_figureLabels;  // as many as were ever needed
    SafeLabel* m_backlog;
    SafeLabel* m_reason;
    QWidget* m_rateRow;
    QSlider* m_rate;
    SafeLabel* m_rateText;
    QPushButton* m_pause;
    QPushButton* m_cancel;
    QPushButton* m_activity;
    QPushButton* m_close;
};

}  // namespace spillway
