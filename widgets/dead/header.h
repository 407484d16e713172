// The verdict on the dead letters in scope: how many, how old, when the system deletes them by itself, and
// how their ages are spread. From the last poll.
#pragma once

#include "widgets/models/dead_summary.h"
#include "widgets/parts/card.h"

class QLabel;

namespace spillway {

class AgeStrip;
class SafeLabel;

class DeadHeader : public Card {
    Q_OBJECT
public:
    explicit DeadHeader(QWidget* parent = nullptr);

    // `of`: what is meant, "payments"; `stale`: not empty when the figures are old, in words.
    void setSummary(const DeadSummary& summary, const QString& of, const QString& stale);

signals:
    void bucketActivated(int bucket);

protected:
    void changeEvent(QEvent* event) override;

private:
    void recolor();

    DeadSummary m_summary;
    bool m_stale = false;
    QLabel* m_sign;
    SafeLabel* m_verdict;
    SafeLabel* m_ages;
    SafeLabel* m_retention;
    AgeStrip* m_strip;
};

}  // namespace spillway
