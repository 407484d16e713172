// The verdict over all connections: the worst finding as the largest text in the window, why and what to
// do under it, since when, and one button that goes there. Holds a verdict for 5 s, unless a worse one comes.
#pragma once

#include <QPushButton>
#include <QTimer>
#include <functional>

#include "widgets/parts/card.h"
#include "widgets/parts/safe_label.h"
#include "widgets/verdict/verdict.h"

namespace spillway {

class VerdictBanner : public Card {
    Q_OBJECT
public:
    explicit VerdictBanner(QWidget* parent = nullptr);

    static constexpr int kHold_ms = 5000;

    void setConnections(const ConnectionViews& views);
    void setClock(std::function<QDateTime()> now);  // for tests: another local time
    void refresh();                                 // as its clock does, every second where that matters

signals:
    void placeActivated(spillway::Place place, const spillway::QueueRef& target);  // the button
    void moreActivated();                                                          // "7 more"

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] bool mustWait(const Verdict& fresh, const QDateTime& now) const;
    void say();
    void recolor();
    void fit();  // the sentence where it has room, otherwise the title

    std::function<QDateTime()> m_now;
    ConnectionViews m_views;
    Verdict m_verdict;
    Verdict m_pressed;  // when the press began
    QDateTime m_shown_at;
    QTimer m_clock;
    QLabel* m_icon;
    SafeLabel* m_word;
    SafeLabel* m_headline;
    SafeLabel* m_reasons;
    SafeLabel* m_since;
    QPushButton* m_more;
    QPushButton* m_open;
};

}  // namespace spillway
