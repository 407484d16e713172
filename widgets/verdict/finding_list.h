// Open findings: sign and title, the sentence, what to do, since when, and a button to where it is looked
// into, unless that is here.
#pragma once

#include <QDate>
#include <vector>

#include "backends/domain/finding.h"
#include "widgets/models/finding_place.h"
#include "widgets/parts/card.h"

class QVBoxLayout;

namespace spillway {

class SafeLabel;

class FindingList : public Card {
    Q_OBJECT
public:
    explicit FindingList(Place here = Place::queue, QWidget* parent = nullptr);

    // Worst first. What did not begin `today` is shown with its day.
    void setFindings(const std::vector<Finding>& findings, const QDate& today);
    void setNone(const QString& sentence);  // what is said when there is none

signals:
    void findingActivated(const spillway::Finding& finding);
    void replayRequested(const spillway::Finding& finding);  // of dead letters

protected:
    void changeEvent(QEvent* event) override;

private:
    class Entry;
    void refresh();

    Place m_here;
    std::vector<Finding> m_findings;
    QDate m_today;
    std::vector<Entry*> m_shown;  // as many as were ever needed; the rest are hidden
    QVBoxLayout* m_entries;
    SafeLabel* m_none;
};

}  // namespace spillway
