// A plan before it is carried out: what, how many, since when, at worst, what speaks against it, and what a
// person must type. Decides nothing: the guards are asked by their pure functions, and by the runner again.
#pragma once

#include <QTimer>
#include <QWidget>

#include "widgets/acting/plan_text.h"
#include "widgets/models/connection_view.h"

class QDoubleSpinBox;
class QFormLayout;
class QGridLayout;
class QLineEdit;
class QPushButton;
class QScrollArea;
class QSpinBox;

namespace spillway {

class NoteList;
class SafeLabel;

class PlanPane : public QWidget {
    Q_OBJECT
public:
    explicit PlanPane(QWidget* parent = nullptr);

    void showPlanning(const ActionRequest& request);
    void showPlan(const PlanView& plan, const QString& reason);  // `reason`: of the arming, as a start
    void showFailure(const Failure& failure);
    void setConnections(const ConnectionViews& views);  // for the load that it adds
    void setOtherAction(const QString& sentence);  // why this connection cannot act just now; empty: it can

    [[nodiscard]] const ActionPlan& plan() const { return m_view.planned.plan; }
    [[nodiscard]] bool hasPlan() const { return m_planned; }
    [[nodiscard]] QString gap() const;  // why it cannot be carried out; empty: it can
    [[nodiscard]] QPushButton* goButton() const { return m_go; }
    [[nodiscard]] QLineEdit* confirmField() const { return m_confirm; }
    [[nodiscard]] QLineEdit* reasonField() const { return m_reason; }
    [[nodiscard]] NoteList* notes() const { return m_notes; }
    [[nodiscard]] QDoubleSpinBox* rateBox() const { return m_rate; }

signals:
    void confirmed(const QString& reason, const std::vector<spillway::Guard>& overridden);
    void planWanted(const spillway::ActionRequest& request);  // with other settings, or because it expired
    void dismissed();

private:
    QWidget* buildSettings();
    QWidget* buildConfirmation();
    void setOverride(Guard guard, bool on);
    void refresh();
    void refreshFacts();
    void refreshCauses();
    void refreshConfirmation();
    [[nodiscard]] GuardFacts factsNow() const;
    [[nodiscard]] LoadForecast load() const;
    void settingsChanged();
    void replan();
    void confirm();

    ActionRequest m_request;
    PlanView m_view;
    bool m_planned = false;
    QDateTime m_madeAt;  // local
    ConnectionViews m_views;
    QString m_other;
    std::vector<Guard> m_overridden;
    QTimer m_clock;     // the plan grows old
    QTimer m_debounce;  // of its settings
    SafeLabel* m_title;
    SafeLabel* m_lead;
    SafeLabel* m_expires;
    QGridLayout* m_facts;
    QWidget* m_settings;
    QDoubleSpinBox* m_rate;
    QSpinBox* m_canary;
    QDoubleSpinBox* m_halt;
    QWidget* m_causesBox;
    QGridLayout* m_causes;
    NoteList* m_notes;
    QScrollArea* m_scroll;
    QWidget* m_confirmation;
    SafeLabel* m_ask;
    QLineEdit* m_confirm;
    QLineEdit* m_reason;
    QPushButton* m_again;
    QPushButton* m_cancel;
    QPushButton* m_go;
};

}  // namespace spillway
