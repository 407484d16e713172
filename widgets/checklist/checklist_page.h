// Pre-deploy checklists: the list of past ones, and the walk through one, a question at a time. The page
// keeps nothing: what is answered goes out as a change, and comes back with setChecklists(). By keyboard:
// Return goes on, Alt with the underlined letters chooses.
#pragma once

#include <QElapsedTimer>
#include <QStackedWidget>
#include <QWidget>
#include <functional>

#include "backends/checklist/checklist_rules.h"
#include "backends/checklist/deploy_comparison.h"
#include "backends/drill/claim_drill.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

class QComboBox;
class QListWidget;
class QPushButton;

namespace spillway {

class ChangeForm;
struct DrillRequest;
class EmptyState;
class QuestionStep;
class SafeLabel;
class SummaryStep;

struct ChecklistEdit {
    QString id;
    std::function<Outcome<Done>(Checklist&)> apply;
};

// What the page has measured, for one question of a checklist.
struct PageEvidence {
    QString id;
    ChecklistQuestion question = ChecklistQuestion::shared_state;
    QString kind;          // "live", "parity", "drill_claim"
    QJsonObject document;  // without its head
    QString where;
    QString commit;
    std::optional<qint64> workers;  // how many jobs production runs at once, if known
};

class ChecklistPage : public QWidget {
    Q_OBJECT
public:
    explicit ChecklistPage(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);
    void begin();  // a new one
    [[nodiscard]] const std::optional<Checklist>& current() const { return m_current; }

public slots:
    // All of them, newest first, each time something changed.
    void setChecklists(const std::vector<spillway::Checklist>& checklists, const QStringList& unreadable);
    void showFailure(const QString& sentence);
    // Of the drill that drillStarted() asked for: progress now and then, and exactly one of the others.
    void showDrillProgress(const spillway::ClaimDrillProgress& progress);
    void showDrillResult(const spillway::ClaimDrillResult& result);
    void showDrillFailure(const QString& sentence);
    // Of the mark that deployWanted() asked for.
    void takeMark(const QString& id);
    // To comparisonWanted(), or not at all.
    void takeComparison(const QString& id, const spillway::DeployComparison& comparison);
    void takeMarkFailure(const QString& id, const QString& sentence);

signals:
    void created(const spillway::Checklist& checklist);
    void edited(const spillway::ChecklistEdit& edit);
    void fileAttached(const QString& id, spillway::ChecklistQuestion question, const QString& path);
    void evidenceMeasured(const spillway::PageEvidence& evidence);
    void drillStarted(const spillway::DrillRequest& request);
    void drillStopped();
    void signatureGiven(const QString& id, const QString& reviewer, const QString& acceptRisk);
    void exportRequested(const QString& id, const QString& path);
    // Now and then while a deployed checklist is shown.
    void comparisonWanted(const spillway::Checklist& checklist, const spillway::QueueRef& queue);
    // A deploy mark. Only when it is on the disk, the checklist counts as deployed.
    void deployWanted(const QString& id, const QString& connection, const QString& queue,
                      const QString& text);

private:
    QWidget* buildList();
    QWidget* buildWalk();
    void wire();
    void fillList();
    void choose(const QString& id);
    void goTo(int step);
    void refresh();
    void next();
    void leaveChange();
    void leaveQuestion();
    [[nodiscard]] int stepAfter(std::optional<ChecklistQuestion> asked) const;
    void change(std::function<Outcome<Done>(Checklist&)> apply);
    void attachFile();
    void attachLive();
    void attachParity();
    void attachDrill();
    void showSummary();
    void attach(const QString& kind, const QJsonObject& document, const QString& where,
                std::optional<qint64> workers);
    void save();
    void copy();
    void deploy();
    [[nodiscard]] const ConnectionView* connection() const;
    [[nodiscard]] std::optional<ChecklistQuestion> question() const;
    [[nodiscard]] ChecklistJudgement judgement() const;

    ConnectionViews m_views;
    std::vector<Checklist> m_all;
    std::optional<Checklist> m_current;
    int m_step = 0;
    QElapsedTimer m_compared;  // since the last comparisonWanted() for the current one; invalid: not asked
    QString m_marking;         // the checklist whose mark is on its way to the disk
    QComboBox* m_jobs;
    QListWidget* m_list;
    QStackedWidget* m_whole;  // nothing chosen, the walk
    EmptyState* m_empty;
    SafeLabel* m_head;
    SafeLabel* m_problem;
    QStackedWidget* m_steps;
    ChangeForm* m_change;
    QuestionStep* m_question;
    SummaryStep* m_summary;
    QPushButton* m_back;
    QPushButton* m_next;
};

}  // namespace spillway
