// The open findings on one queue: sign and title, the sentence, what to do, and since when.
#pragma once

#include <vector>

#include "backends/domain/finding.h"
#include "widgets/parts/card.h"

class QVBoxLayout;

namespace spillway {

class SafeLabel;

class FindingList : public Card {
    Q_OBJECT
public:
    explicit FindingList(QWidget* parent = nullptr);

    void setFindings(const std::vector<Finding>& findings);  // worst first

protected:
    void changeEvent(QEvent* event) override;

private:
    class Entry;
    void refresh();

    std::vector<Finding> m_findings;
    std::vector<Entry*> m_shown;  // as many as were ever needed; the rest are hidden
    QVBoxLayout* m_entries;
    SafeLabel* m_none;
};

}  // namespace spillway
