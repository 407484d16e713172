// The open findings on one queue: sign and title, the sentence, what to do, and since when.
#pragma once

#include <vector>

#include "backends/domain/finding.h"
#include "widgets/parts/card.h"

class QVBoxLayout;

namespace spillway {

class FindingList : public Card {
    Q_OBJECT
public:
    explicit FindingList(QWidget* parent = nullptr);

    void setFindings(const std::vector<Finding>& findings);  // worst first

protected:
    void changeEvent(QEvent* event) override;

private:
    void rebuild();
    QWidget* entryFor(const Finding& finding) const;

    std::vector<Finding> m_findings;
    QVBoxLayout* m_entries;
};

}  // namespace spillway
