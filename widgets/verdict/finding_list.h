// Open findings, one line each, sorted by what it costs to wait, with their count and a filter by severity.
#pragma once

#include <QDate>
#include <QHash>
#include <QSet>
#include <vector>

#include "backends/domain/finding.h"
#include "widgets/models/finding_place.h"
#include "widgets/parts/card.h"

class QVBoxLayout;

namespace spillway {

class ChoiceBox;
class FindingEntry;
class SafeLabel;

class FindingList : public Card {
    Q_OBJECT
public:
    explicit FindingList(Place here = Place::queue, QWidget* parent = nullptr);

    // Worst first; `notShown`: how many more there are that nobody listed. `oldData`: connections that do not
    // answer, and of when their data is ("02:41"). What did not begin `today` is shown with its day.
    void setFindings(const std::vector<Finding>& findings, const QDate& today,
                     const QHash<QString, QString>& oldData = {}, int notShown = 0);
    // Where a history keeps what is said of findings, and those that ended.
    void setKept(bool kept);
    void setRuns(const std::vector<FindingRun>& runs);  // the answer to endedWanted()
    void setNone(const QString& sentence);              // what is said when there is none
    void showAll();                                     // no filter, from the first one; with the focus

signals:
    void findingActivated(const spillway::Finding& finding);
    void replayRequested(const spillway::Finding& finding);       // of dead letters
    void acknowledgeRequested(const spillway::Finding& finding);  // or taken back
    // "Ended in the last day" was chosen (seconds since 1970); and one of those is to be looked at.
    void endedWanted(double from, double to);
    void runActivated(const spillway::FindingRun& run);

protected:
    void changeEvent(QEvent* event) override;

private:
    void refresh();
    void chooseFilter();
    size_t showFindings();  // how many entries are used
    size_t showEnded();
    FindingEntry* entryAt(size_t place);
    [[nodiscard]] bool showsEnded() const;
    FindingEntry* addEntry();
    void sayCount();
    [[nodiscard]] bool passes(const Finding& finding) const;

    Place m_here;
    std::vector<Finding> m_findings;
    QDate m_today;
    QHash<QString, QString> m_old;
    int m_not_shown = 0;
    bool m_kept = false;
    std::vector<FindingRun> m_runs;      // that ended, newest first
    QSet<QString> m_turned;              // those a person has opened, or closed where they begin open
    std::vector<FindingEntry*> m_shown;  // as many as were ever needed; the rest are hidden
    QVBoxLayout* m_entries;
    SafeLabel* m_count;
    ChoiceBox* m_filter;
    SafeLabel* m_none;
};

}  // namespace spillway
