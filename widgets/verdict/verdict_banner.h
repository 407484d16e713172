// The verdict over all connections: the worst finding as the largest text in the window, why and what to
// do under it, since when, and one button that goes there.
#pragma once

#include <QPushButton>

#include "widgets/models/connection_view.h"
#include "widgets/models/finding_place.h"
#include "widgets/models/queue_ref.h"
#include "widgets/parts/card.h"
#include "widgets/parts/safe_label.h"

namespace spillway {

// What the banner says; pure.
struct Verdict {
    enum class Tone { critical, warning, note, quiet, waiting };
    Tone tone = Tone::waiting;
    QString word;                   // "Critical"; empty: the headline stands alone
    QString headline;               // the worst finding as a sentence
    QString title;                  // the same, shorter
    QString reasons;                // what to do, and what comes next
    QString since;                  // "since 02:41"
    QString button;                 // "Open orders"; empty: no button
    Place place = Place::overview;  // where the button goes
    QueueRef target;

    bool operator==(const Verdict&) const = default;
};
[[nodiscard]] Verdict verdictOn(const ConnectionViews& views);

class VerdictBanner : public Card {
    Q_OBJECT
public:
    explicit VerdictBanner(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);

signals:
    void placeActivated(spillway::Place place, const spillway::QueueRef& target);  // the button

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void recolor();
    void fit();  // the sentence where it has room, otherwise the title

    Verdict m_verdict;
    QLabel* m_icon;
    SafeLabel* m_word;
    SafeLabel* m_headline;
    SafeLabel* m_reasons;
    SafeLabel* m_since;
    QPushButton* m_open;
};

}  // namespace spillway
